# glmnet's side of coxnet.py: Rscript coxnet.R DATA.csv path|cv OUT.csv. Prints the CPU seconds of glmnet alone.
suppressMessages({library(glmnet); library(survival)})
args <- commandArgs(TRUE)
d <- as.matrix(read.csv(args[1]))
x <- d[, -(1:2)]
y <- Surv(d[, 1], d[, 2])
foldid <- rep_len(1:10, nrow(x))
used <- system.time(if (args[2] == "cv") g <- cv.glmnet(x, y, family = "cox", foldid = foldid)
                    else g <- glmnet(x, y, family = "cox"))
cat(used[1] + used[2], "\n")
if (args[2] == "cv") {
  write.csv(cbind(g$lambda, g$cvm, g$cvsd), args[3], row.names = FALSE)
} else {
  write.csv(cbind(g$lambda, g$dev.ratio, t(as.matrix(g$beta))), args[3], row.names = FALSE)
}
