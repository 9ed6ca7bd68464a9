# Makes survival.json beside it: small tables and what R's survival gives for them, for tests that need no other data.
#   Rscript make.R > survival.json      (made with R 4.2.2, survival 3.5-3; tolerance 1e-9 relative)
library(survival)
options(digits = 17)

json <- function(x) {
  if (is.list(x)) {
    paste0("{", paste0('"', names(x), '": ', vapply(x, json, ""), collapse = ",\n"), "}")
  } else if (is.character(x)) {
    if (length(x) == 1) paste0('"', x, '"') else paste0("[", paste0('"', x, '"', collapse = ", "), "]")
  } else {
    v <- ifelse(is.na(x), "null", ifelse(is.finite(x), formatC(x, digits = 17, format = "g", width = 1), "1e999"))
    if (length(x) == 1 && is.null(attr(x, "list"))) v else paste0("[", paste(v, collapse = ", "), "]")
  }
}
vec <- function(x) structure(unname(as.numeric(x)), list = TRUE)

set.seed(20240801)
n <- 48
d <- data.frame(id = rep(1:16, each = 3), age = round(rnorm(n, 60, 9), 1), dose = sample(0:3, n, TRUE),
                sex = sample(c("f", "m"), n, TRUE), site = sample(c("Bern", "aarau", "Zug"), n, TRUE),
                w = sample(c(0.5, 1, 1.5, 2), n, TRUE))
d$stop <- ceiling(20 * rexp(n, exp(0.03 * (d$age - 60) + 0.3 * d$dose)))
d$start <- pmax(0, d$stop - ceiling(15 * runif(n)))
d$event <- rbinom(n, 1, 0.75)

curve <- function(f) {
  s <- summary(f, censored = TRUE)
  list(time = vec(s$time), n_risk = vec(s$n.risk), n_event = vec(s$n.event), surv = vec(s$surv), lower = vec(s$lower),
       upper = vec(s$upper))
}
cox <- function(f) {
  z <- tryCatch(cox.zph(f)$table, error = function(e) matrix(numeric(0), 0, 3))
  list(names = names(coef(f)), coef = vec(coef(f)), var = vec(f$var), loglik = vec(f$loglik), score = f$score,
       wald = unname(f$wald.test), iterations = f$iter, c = unname(f$concordance["concordance"]),
       c_se = unname(f$concordance["std"]), zph_names = rownames(z), zph_chisq = vec(z[, 1]), zph_df = vec(z[, 2]))
}
models <- c(plain = "Surv(stop, event) ~ age + dose + sex",
            factors = "Surv(stop, event) ~ age * sex + factor(dose) + site",
            interaction = "Surv(stop, event) ~ sex:site + age",
            strata = "Surv(stop, event) ~ age + log(dose + 1) + strata(site, sex)",
            strata_slopes = "Surv(stop, event) ~ age + age:strata(sex)",
            counting = "Surv(start, stop, event) ~ age + dose + cluster(id)",
            offset = "Surv(start, stop, event == 1) ~ I(age^2 / 100) + offset(0.2 * dose) + I(dose > 1)",
            power = "Surv(stop, event) ~ (age + dose + sex)^2 - age:dose",
            collinear = "Surv(stop, event) ~ age + I(2 * age) + dose")
fits <- list()
for (m in names(models)) for (ties in c("efron", "breslow"))
  fits[[paste(m, ties)]] <- c(list(formula = gsub('"', '\\\\"', models[[m]]), ties = ties),
                              cox(coxph(as.formula(models[[m]]), d, ties = ties)))
fits[["weighted efron"]] <- c(list(formula = models[["plain"]], ties = "efron", weights = "w"),
                              cox(coxph(as.formula(models[["plain"]]), d, weights = w)))
for (m in c("plain", "factors", "strata", "offset"))
  fits[[paste(m, "exact")]] <- c(list(formula = models[[m]], ties = "exact"),
                                 cox(coxph(as.formula(models[[m]]), d, ties = "exact"))[1:9])

test <- function(f) list(chisq = f$chisq, p = f$pvalue)
conc <- function(f) list(c = unname(f$concordance), se = sqrt(unname(f$var[1])), counts = vec(f$count))
cat(json(list(
  source = "R 4.2.2, survival 3.5-3, by make.R", tolerance = 1e-9,
  data = lapply(d, function(x) if (is.character(x)) x else vec(x)),
  km = list(plain = curve(survfit(Surv(stop, event) ~ 1, d)),
            entry = curve(survfit(Surv(start, stop, event) ~ 1, d, conf.type = "log-log")),
            robust = c(curve(survfit(Surv(stop, event) ~ 1, d, weights = w)),
                       list(std_err = vec(summary(survfit(Surv(stop, event) ~ 1, d, weights = w), censored = TRUE)$std.err))),
            cluster = c(curve(survfit(Surv(start, stop, event) ~ 1, d, cluster = id)),
                        list(std_err = vec(summary(survfit(Surv(start, stop, event) ~ 1, d, cluster = id), censored = TRUE)$std.err)))),
  logrank = list(plain = test(survdiff(Surv(stop, event) ~ site, d)),
                 rho = test(survdiff(Surv(stop, event) ~ site, d, rho = 1)),
                 strata = test(survdiff(Surv(stop, event) ~ site + strata(sex), d, rho = 0.5))),
  concordance = list(n = conc(concordance(Surv(stop, event) ~ age, d, reverse = TRUE)),
                     weighted = conc(concordance(Surv(stop, event) ~ age, d, weights = w, reverse = TRUE)),
                     entry = conc(concordance(Surv(start, stop, event) ~ dose, d, reverse = TRUE)),
                     uno = conc(concordance(Surv(stop, event) ~ age, d, timewt = "n/G2", ymax = 30, reverse = TRUE)),
                     cluster = conc(concordance(Surv(stop, event) ~ age, d, cluster = id, reverse = TRUE))),
  cox = fits)), "\n", sep = "")
