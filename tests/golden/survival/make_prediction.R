# AUC and Brier score of prediction.csv beside it (20 patients with ties of event and censoring at a horizon; p20 and
# p30 are event probabilities by 20 and 30; status 2 is a competing event), for tests/survival/test_auc.c and
# test_brier.c. Made with R 4.2.2, riskRegression 2022.11.28:   Rscript make_prediction.R
suppressMessages({library(riskRegression); library(survival)})
d <- read.csv("prediction.csv")
for (competing in c(FALSE, TRUE)) {
  e <- d
  if (!competing) e$status <- as.numeric(d$status == 1)
  s <- Score(list(m = as.matrix(e[, c("p20", "p30")])), data = e, times = c(20, 30), cause = 1,
             formula = if (competing) Hist(time, status) ~ 1 else Surv(time, status) ~ 1,
             metrics = c("auc", "brier"), summary = c("ipa", "ibs"), se.fit = TRUE, conservative = FALSE)
  print(as.data.frame(s$AUC$score)[, c("times", "AUC", "se")], digits = 17)
  print(as.data.frame(s$Brier$score)[, c("model", "times", "Brier", "se", "IPA", "IBS")], digits = 17)
}
# scikit-survival (0.2x): cumulative_dynamic_auc, brier_score and integrated_brier_score of the same columns with
# the patients as their own training set.
