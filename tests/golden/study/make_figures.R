# Reference numbers for tests/study/test_figures.c: Rscript make_figures.R > figures.h, in this folder.
# R 4.2 with pROC 1.18 and survival 3.5; hclust, prcomp, wilcox.test and p.adjust of stats.
suppressMessages({library(pROC); library(survival)})
set.seed(7)
put <- function(name, v, type = "double") {
  v <- as.numeric(v)
  cat("static const ", type, " ", name, "[", length(v), "] = {", paste(ifelse(is.na(v), "NAN", format(v, digits = 17, trim = TRUE)), collapse = ", "), "};\n", sep = "")
}
cat("/* By make_figures.R. */\n/* clang-format off */\n")
# A feature with ties and gaps, two groups, a training part.
n <- 40
y <- rbinom(n, 1, 0.4); fit <- rep(c(1, 0), c(24, 16)); x <- round(rnorm(n) + 0.8 * y, 1); x[c(5, 31)] <- NA
put("auc_x", x); put("auc_y", y, "unsigned char"); put("auc_fit", fit, "unsigned char")
auc <- function(use) {
  use <- use & !is.na(x)
  c(ci.auc(roc(y[use], x[use], direction = "<", levels = c(0, 1), quiet = TRUE), method = "delong")[c(2, 1, 3)],
    wilcox.test(x[use & y == 1], x[use & y == 0], exact = FALSE)$p.value)
}
put("auc_expected", c(auc(rep(TRUE, n)), auc(fit == 1), auc(fit == 0)))
# Average linkage of 12 points in a plane.
m <- 12; points <- matrix(round(rnorm(2 * m), 3), m)
h <- hclust(dist(points), "average")
number <- function(k) ifelse(k < 0, -k - 1, m + k - 1)
a <- number(h$merge[, 1]); b <- number(h$merge[, 2])
put("link_points", t(points)); put("link_a", pmin(a, b)); put("link_b", pmax(a, b)); put("link_height", h$height)
# Components of 9 rows learned from the first 6.
z <- matrix(round(rnorm(9 * 4) + rep(rnorm(9), 4), 3), 9); p <- prcomp(z[1:6, ], scale. = TRUE)
std <- scale(z, colMeans(z[1:6, ]), apply(z[1:6, ], 2, sd))
put("pca_z", t(std)); put("pca_explained", (p$sdev^2 / sum(p$sdev^2))[1:2])
for (k in 1:2) if (p$rotation[which.max(abs(p$rotation[, k])), k] < 0) p$rotation[, k] <- -p$rotation[, k]
scores <- std %*% p$rotation[, 1:2]; put("pca_x", scores[, 1]); put("pca_y", scores[, 2])
# Survival by a definition, adjusted; age missing for some.
n <- 90; age <- round(rnorm(n, 60, 9)); male <- rbinom(n, 1, 0.6); cohort <- sample(0:2, n, TRUE); met <- rbinom(n, 1, 0.4)
time <- round(rexp(n, exp(0.7 * met + 0.03 * (age - 60) + 0.4 * cohort) / 600)) + 1; event <- rbinom(n, 1, 0.7); age[c(3, 50, 77)] <- NA
put("hr_time", time); put("hr_event", event, "unsigned char"); put("hr_level", met, "unsigned char"); put("hr_age", age)
put("hr_male", male, "unsigned char"); put("hr_cohort", cohort, "unsigned char")
f <- summary(coxph(Surv(time, event) ~ met + age + male + strata(cohort)))
put("hr_adjusted", c(f$conf.int[1, c(1, 3, 4)], f$coefficients[1, 5], f$n, f$nevent))
g <- summary(coxph(Surv(time, event) ~ met)); put("hr_alone", g$conf.int[1, c(1, 3, 4)])
put("hr_logrank", 1 - pchisq(survdiff(Surv(time, event) ~ met)$chisq, 1))
put("hr_c", concordance(Surv(time, event) ~ met, reverse = TRUE)$concordance)
q <- c(0.03, NA, 0.001, 0.2, 0.012, 0.9, 0.03); put("holm_p", q); put("holm_expected", p.adjust(q, "holm"))
