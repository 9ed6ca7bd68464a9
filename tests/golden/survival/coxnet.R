# Makes coxnet.json: R 4.2.2, glmnet 4.1-6 with thresh = 1e-20, so that it solves its models to about nine digits
# (its default, 1e-7, gives three to five). Run in this folder: Rscript coxnet.R
suppressMessages({library(glmnet); library(survival)})
glmnet.control(fdev = 0, epsnr = 1e-15, mxitnr = 1000) # the last two are for entry times and strata
set.seed(1)
n <- 90; p <- 10
base <- matrix(rnorm(n * 3), n)
x <- round(base %*% matrix(rnorm(3 * p), 3) + matrix(rnorm(n * p), n), 3)
x[, 4] <- as.numeric(x[, 4] > 0); x[, 5] <- 100 * x[, 5]
lp <- 0.7 * x[, 1] - 0.5 * x[, 2] + 0.8 * x[, 4]
time <- ceiling(20 * rexp(n, exp(lp))) + 0; cens <- ceiling(30 * runif(n))
status <- as.integer(time <= cens); time <- pmin(time, cens)
entry <- floor(time * runif(n) * 0.6)
weight <- rep_len(c(1, 2, 0.5), n); offset <- rep_len(c(0, 0.3, -0.2, 0.1), n)
factor <- c(0, 1, 2, 0.5, 1, 1, 1, 3, 1, 1); foldid <- rep_len(1:5, n)
y <- Surv(time, status)
path <- function(y, ...) {
  g <- glmnet(x, y, family = "cox", nlambda = 12, thresh = 1e-20, maxit = 1e7, ...)
  list(lambda = g$lambda, dev.ratio = g$dev.ratio, nulldev = g$nulldev, beta = as.matrix(g$beta))
}
cv <- function(...) {
  g <- cv.glmnet(x, y, family = "cox", nlambda = 12, thresh = 1e-20, maxit = 1e7, foldid = foldid, ...)
  list(cvm = g$cvm, cvsd = g$cvsd, lambda.min = g$lambda.min, lambda.1se = g$lambda.1se)
}
number <- function(v) paste0("[", paste(formatC(v, digits = 17, format = "g", width = 1), collapse = ", "), "]")
show <- function(v) if (is.matrix(v)) paste0("[", paste(apply(v, 1, number), collapse = ",\n  "), "]") else number(v)
object <- function(l) paste0("{", paste(sprintf('"%s": %s', names(l),
  vapply(l, function(v) if (is.list(v)) object(v) else show(v), "")), collapse = ",\n "), "}")
out <- list(
  data = list(time = time, status = status, entry = entry, weight = weight, offset = offset, factor = factor,
              fold = foldid - 1, x = x),
  lasso = path(y), net = path(y, alpha = 0.5), ridge = path(y, alpha = 0),
  units = path(y, alpha = 0.7, standardize = FALSE),
  special = path(y, alpha = 0.8, weights = weight, offset = offset, penalty.factor = factor),
  entry = path(Surv(entry, time, status)),
  cv = cv(), cv_ungrouped = cv(grouped = FALSE), cv_c = cv(type.measure = "C"),
  cv_special = cv(weights = weight, offset = offset, alpha = 0.5))
writeLines(object(out), "coxnet.json")
