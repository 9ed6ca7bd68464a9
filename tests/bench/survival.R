# R's side of survival.py: the CSV, the task; prints the processor seconds of reading and of the analysis.
suppressPackageStartupMessages({
    library(data.table)
    library(survival)
})
setDTthreads(1)
argument <- commandArgs(trailingOnly = TRUE)
cpu <- function() sum(proc.time()[1:2])
start <- cpu()
d <- as.data.frame(fread(argument[1]))
read <- cpu()
result <- switch(argument[2],
    cox = coxph(Surv(time, status) ~ x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9 + x10, d),
    km = survfit(Surv(time, status) ~ 1, d),
    logrank = list(survfit(Surv(time, status) ~ group, d), survdiff(Surv(time, status) ~ group, d)),
    cindex = concordance(Surv(time, status) ~ x1, d, reverse = TRUE)
)
cat(read - start, cpu() - read, "\n")
if (argument[2] == "cox") cat(format(coef(result), digits = 17), "\n")
if (argument[2] == "cindex") cat(format(result$concordance, digits = 17), "\n")
