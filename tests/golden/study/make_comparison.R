# Reference numbers for tests/study/test_comparison.c: Rscript make_comparison.R, in this folder, after make_evaluate.R.
# R 4.2 with survival 3.5, riskRegression 2022.11, geepack 1.3. The patients are those of evaluate.csv.
suppressMessages({library(survival); library(riskRegression); library(geepack)})
d <- read.csv("evaluate.csv")
d$age <- 60 + 10 * d$f1; d$male <- as.integer(d$f2 > 0); d$smi <- 50 + 10 * d$f4; d$low <- as.integer(d$smi < 50)
d$network <- d$f3; d$p_network <- plogis(d$f3 / 2)
train <- d[d$part == "train", ]; test <- d[d$part == "test", ]
out <- list(); at <- 365
put <- function(name, value) out[[length(out) + 1]] <<- data.frame(name = name, value = as.numeric(value))
# probabilities: Efron's coefficients, Breslow's baseline hazard in the training patients
predicted <- function(formula, columns) {
  b <- coef(coxph(formula, train)); lp <- as.matrix(train[, columns, drop = FALSE]) %*% b
  H <- sum(sapply(train$time[train$event == 1 & train$time <= at], function(t) 1 / sum(exp(lp[train$time >= t]))))
  new <- as.matrix(test[, columns, drop = FALSE]) %*% b
  list(risk = c(new - mean(lp)), p = c(1 - exp(-H * exp(new))))
}
clinical <- predicted(Surv(time, event) ~ age + male, c("age", "male"))
smi <- predicted(Surv(time, event) ~ smi, "smi"); low <- predicted(Surv(time, event) ~ low, "low")
for (i in c(1, 70)) {
  put(paste0("clinical_risk_", i), clinical$risk[i])
  put(paste0("clinical_p_", i), clinical$p[i])
  put(paste0("smi_p_", i), smi$p[i]); put(paste0("low_p_", i), low$p[i])
}
# C, paired
c_of <- function(name, score) {
  test$a <- test$network; test$b <- score
  fits <- lapply(c("a", "b"), function(x) coxph(reformulate(x, "Surv(time, event)"), test, init = 1, iter.max = 0))
  both <- concordance(fits[[1]], fits[[2]])
  lead <- both$concordance[1] - both$concordance[2]; se <- sqrt(c(1, -1) %*% both$var %*% c(1, -1))
  put(paste0(name, "_c"), both$concordance[2])
  put(paste0(name, "_c_lower"), both$concordance[2] - qnorm(0.975) * sqrt(both$var[2, 2]))
  put(paste0(name, "_lead"), lead); put(paste0(name, "_lead_lower"), lead - qnorm(0.975) * se)
  put(paste0(name, "_p"), 2 * pnorm(-abs(lead) / se))
}
c_of("clinical", clinical$risk); c_of("smi", -test$smi); c_of("low", test$low)
# AUC, paired
s <- Score(list(network = test$network, clinical = clinical$risk), Surv(time, event) ~ 1, data = test, times = at, metrics = "auc", null.model = FALSE, conf.int = TRUE)
a <- as.data.frame(s$AUC$score); k <- as.data.frame(s$AUC$contrasts)
put("network_auc", a$AUC[a$model == "network"]); put("clinical_auc", a$AUC[a$model == "clinical"])
put("clinical_auc_lead", -k$delta.AUC[1])
# category-free reclassification with Kaplan-Meier rates (Pencina, D'Agostino & Steyerberg 2011, section 5)
rate <- function(rows) if (!any(rows)) 0 else 1 - summary(survfit(Surv(time, event) ~ 1, test[rows, ]), times = at, extend = TRUE)$surv
nri <- function(old, new) {
  up <- new > old; down <- new < old; n <- nrow(test); all <- rate(rep(TRUE, n))
  e <- (rate(up) * sum(up) - rate(down) * sum(down)) / (n * all)
  ne <- ((1 - rate(down)) * sum(down) - (1 - rate(up)) * sum(up)) / (n * (1 - all)); c(e + ne, e, ne)
}
v <- nri(clinical$p, test$p_network); put("clinical_nri", v[1]); put("clinical_nri_event", v[2]); put("clinical_nri_nonevent", v[3])
put("low_nri", nri(low$p, test$p_network)[1])
# calibration
put("clinical_observed_expected", rate(rep(TRUE, 70)) / mean(clinical$p))
F <- rate(rep(TRUE, 70)); pseudo <- sapply(1:70, function(i) 70 * F - 69 * rate(seq_len(70) != i))
g <- geese(pseudo ~ x, data = data.frame(pseudo, x = log(-log(1 - clinical$p))), id = 1:70, mean.link = "cloglog", variance = "gaussian", corstr = "independence")
put("clinical_slope", g$beta[2])
# decision curve of the clinical model at a threshold of 0.3
positive <- clinical$p >= 0.3; tp <- rate(positive) * mean(positive); fp <- (1 - rate(positive)) * mean(positive)
put("clinical_net_benefit_30", tp - fp * 0.3 / 0.7)
write.csv(do.call(rbind, lapply(out, transform, value = format(value, digits = 15))), "comparison_golden.csv", row.names = FALSE, quote = FALSE)
