# Makes cox_more.csv (a small table), cox_more_new.csv (new rows) and cox_more.json: what R gives for splines, strata, new
# rows, stepwise choice and parametric regression.
#   Rscript cox_more.R      (made with R 4.2.2: survival 3.5-3, splines, MASS 7.3-58, rms 6.5; tolerance 1e-9 relative)
library(survival); library(splines); library(MASS)
options(digits = 17)
set.seed(20261123)
n <- 90
d <- data.frame(id = seq_len(n), age = round(rnorm(n, 62, 10), 1), sex = sample(c("f", "m"), n, TRUE),
                stage = sample(c("I", "II", "III"), n, TRUE, c(0.5, 0.3, 0.2)), site = sample(c("Bern", "Zug"), n, TRUE),
                marker = round(rexp(n, 0.5), 2), noise = round(rnorm(n), 2), w = sample(c(1, 1.5, 2), n, TRUE))
d$time <- ceiling(300 * rexp(n, exp(0.03 * (d$age - 62) + 0.6 * (d$stage == "III") + 0.15 * d$marker))) + 1
d$status <- rbinom(n, 1, 0.7)
d$start <- floor(d$time * runif(n) * 0.4)
d$age[c(7, 40)] <- NA
d$marker[55] <- NA
write.csv(d, "cox_more.csv", row.names = FALSE, quote = FALSE)
new <- data.frame(age = c(45, 62.5, 95), sex = c("m", "f", "m"), stage = c("II", "I", "III"), site = c("Zug", "Bern", "Bern"),
                  marker = c(0.5, 3, 9), noise = c(0.1, -1, 0), w = 1, time = c(100, 250, 400), status = c(1, 0, 1),
                  start = c(0, 50, 10))
write.csv(new, "cox_more_new.csv", row.names = FALSE, quote = FALSE)

num <- function(x) { x <- unname(as.numeric(x)); ifelse(is.na(x), "null", ifelse(is.finite(x), formatC(x, digits = 17, format = "g", width = 1), "1e999")) }
json <- function(x) {
  if (is.list(x)) paste0("{", paste0('"', names(x), '": ', vapply(x, json, ""), collapse = ",\n"), "}")
  else if (is.character(x)) paste0("[", paste0('"', gsub('"', '\\\\"', x), '"', collapse = ", "), "]")
  else paste0("[", paste(num(x), collapse = ", "), "]")
}
one <- function(s, ...) if (is.matrix(s)) s else matrix(s, ncol = 1)
models <- c("Surv(time, status) ~ ns(age, df = 3) + sex", "Surv(time, status) ~ ns(age, 4, intercept = TRUE)",
            "Surv(time, status) ~ ns(age, knots = c(55, 65), Boundary.knots = c(50, 75)) + sex",
            "Surv(time, status) ~ bs(marker, df = 4) + stage", "Surv(time, status) ~ bs(age, knots = 60, degree = 2)",
            "Surv(time, status) ~ poly(marker, 3) + sex",
            "Surv(start, time, status) ~ age * sex + stage + strata(site)",
            "Surv(time, status) ~ age + marker:strata(site)", "Surv(time, status) ~ ns(age, 2) * sex + strata(site, stage)")
fits <- list()
for (m in models) {
  use <- if (grepl("poly", m)) d[!is.na(d$marker), ] else d
  f <- coxph(as.formula(m), use, x = TRUE)
  p <- list(formula = m, names = names(coef(f)), coef = coef(f), se = sqrt(diag(f$var)), loglik = f$loglik, means = f$means)
  for (type in c("lp", "risk")) for (reference in c("strata", "sample", "zero")) {
    q <- predict(f, new, type = type, se.fit = TRUE, reference = reference)
    p[[paste(type, reference)]] <- c(q$fit, q$se.fit)
  }
  if (grepl("sex", m) || grepl("ns", m)) {
    q <- predict(f, new, type = "terms", se.fit = TRUE)
    p$terms <- c(t(q$fit)); p$terms_se <- c(t(q$se.fit))
  }
  q <- predict(f, new, type = "expected")
  p$expected <- q
  if (!grepl("stage\\)", m)) {
    s <- survfit(f, new)
    p$times <- if (is.null(s$strata)) length(s$time) else s$strata
    if (is.null(s$strata)) {
      p$surv <- c(s$surv[20, ], s$std.err[20, ], s$lower[20, ])
    } else {
      last <- cumsum(s$strata)
      p$surv <- c(s$surv[last - 5], s$std.err[last - 5], s$lower[last - 5])
    }
  }
  z <- if (grepl("intercept", m)) NULL else lapply(c(km = "km", rank = "rank", identity = "identity", log = "log"), function(g) {
    t <- cox.zph(f, g)$table
    c(t[, 1], t[, 2])
  })
  if (!is.null(z)) p$zph <- z
  fits[[length(fits) + 1]] <- p
}
names(fits) <- paste0("m", seq_along(fits))

trace <- function(direction, scope, start, k) {
  complete <<- na.omit(d)
  stages <- character(); aics <- numeric()
  out <- capture.output(s <- step(start, scope = scope, direction = direction, k = k))
  list(chosen = attr(terms(s), "term.labels"), aic = extractAIC(s, k = k)[2], trace = out[grepl("AIC=", out)])
}
complete <- na.omit(d)
full <- coxph(Surv(time, status) ~ age * sex + stage + marker + noise, complete)
null <- coxph(Surv(time, status) ~ 1, complete)
upper <- ~ age * sex + stage + marker + noise
steps <- list(both = trace("both", upper, full, 2), backward = trace("backward", upper, full, 2),
              forward = trace("forward", upper, null, 2), heavy = trace("both", upper, full, 5))
drop <- drop1(full, test = "Chisq"); seq_ <- anova(full)
tests <- list(drop_terms = rownames(drop), drop_aic = drop$AIC, drop_chisq = drop$LRT, drop_p = drop$`Pr(>Chi)`,
              anova_terms = rownames(seq_), anova_loglik = seq_$loglik, anova_chisq = seq_$Chisq, anova_p = seq_$`Pr(>|Chi|)`)

# what survreg() gives, with new rows
regs <- list()
for (dist in c("exponential", "weibull", "lognormal", "loglogistic", "gaussian", "logistic", "rayleigh"))
  for (m in c("Surv(time, status) ~ age + sex + marker", "Surv(time, status) ~ ns(age, 3) + stage",
              "Surv(time, status) ~ age + strata(site)", "Surv(time, status) ~ 1", "weights")) {
    if (grepl("strata", m) && dist %in% c("exponential", "rayleigh")) next
    f <- if (m == "weights") survreg(Surv(time, status) ~ age + sex, d, weights = w, dist = dist, rel.tolerance = 1e-14) else
      survreg(as.formula(m), d, dist = dist, rel.tolerance = 1e-14) # the default leaves the eighth digit open
    p <- list(formula = if (m == "weights") "Surv(time, status) ~ age + sex" else m, weights = if (m == "weights") "w" else "",
              dist = dist, names = names(coef(f)), coef = coef(f), scale = f$scale, se = sqrt(diag(f$var)), loglik = f$loglik,
              df = f$df)
    if (m != "Surv(time, status) ~ 1") {
      q <- predict(f, new, type = "lp", se.fit = TRUE); p$lp <- c(q$fit, q$se.fit)
      q <- predict(f, new, type = "response", se.fit = TRUE); p$response <- c(q$fit, q$se.fit)
      q <- predict(f, new, type = "quantile", p = c(0.1, 0.5), se.fit = TRUE); p$quantile <- c(q$fit, q$se.fit)
      q <- predict(f, new, type = "uquantile", p = c(0.1, 0.5), se.fit = TRUE); p$uquantile <- c(q$fit, q$se.fit)
    }
    regs[[length(regs) + 1]] <- p
  }
# interval censoring and left censoring
e <- d[1:60, ]
e$lo <- e$time; e$hi <- ifelse(e$status == 1, e$time, NA)
e$hi[seq(1, 60, 4)] <- e$time[seq(1, 60, 4)] + 40
e$lo[seq(2, 60, 9)] <- NA; e$hi[seq(2, 60, 9)] <- e$time[seq(2, 60, 9)]
write.csv(e, "cox_more_interval.csv", row.names = FALSE, quote = FALSE)
for (dist in c("weibull", "lognormal", "loglogistic")) {
  f <- survreg(Surv(lo, hi, type = "interval2") ~ sex + noise, e, dist = dist, rel.tolerance = 1e-14)
  regs[[length(regs) + 1]] <- list(formula = 'Surv(lo, hi, type = "interval2") ~ sex + noise', weights = "", dist = dist,
                                   names = names(coef(f)), coef = coef(f), scale = f$scale, se = sqrt(diag(f$var)),
                                   loglik = f$loglik, df = f$df)
}
names(regs) <- paste0("r", seq_along(regs))
cat(json(list(source = "R 4.2.2, by cox_more.R", cox = fits, step = steps, tests = tests, survreg = regs)), file = "cox_more.json")
