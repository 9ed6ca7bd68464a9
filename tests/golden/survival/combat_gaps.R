# Reference for harmonize with gaps, three batches, a number and a factor as covariates: ComBat's formulas (Johnson 2007) written
# out over lm(), independent of the program. Writes combat_gaps.csv: scanner, age, sex, f1..f9 and what they should become, e1..e9.
# R 4.2; differences seen 6e-14, tolerance 1e-9. Run: Rscript combat_gaps.R
set.seed(3)
n <- 33
p <- 9
b <- factor(sample(c("A", "B", "C"), n, TRUE))
age <- round(rnorm(n, 60, 9), 1)
sex <- sample(c("f", "m"), n, TRUE)
x <- matrix(rnorm(n * p), n) * as.numeric(b) + as.numeric(b) * 2 + 0.05 * age + (sex == "m")
x[cbind(c(3, 9, 17, 20), c(1, 4, 4, 8))] <- NA
colnames(x) <- paste0("f", 1:p)
s <- mu <- x
sd <- numeric(p)
for (f in 1:p) {
    m <- lm(x[, f] ~ 0 + b + age + sex)
    co <- coef(m)
    mu[, f] <- sum(table(b) / n * co[1:3]) + co["age"] * age + co["sexm"] * (sex == "m")
    sd[f] <- sqrt(sum(residuals(m)^2) / sum(!is.na(x[, f])))
    s[, f] <- (x[, f] - mu[, f]) / sd[f]
}
out <- x
for (l in levels(b)) {
    i <- which(b == l)
    g.hat <- colMeans(s[i, ], na.rm = TRUE)
    d.hat <- apply(s[i, ], 2, var, na.rm = TRUE)
    m <- mean(d.hat)
    v <- var(d.hat)
    a.prior <- (2 * v + m^2) / v
    b.prior <- (m * v + m^3) / v
    count <- colSums(!is.na(s[i, ]))
    g <- g.hat
    d <- d.hat
    change <- 1
    while (change > 1e-4) {
        g.new <- (var(g.hat) * count * g.hat + d * mean(g.hat)) / (var(g.hat) * count + d)
        squares <- colSums(sweep(s[i, ], 2, g.new)^2, na.rm = TRUE)
        d.new <- (0.5 * squares + b.prior) / (count / 2 + a.prior - 1)
        change <- max(abs(g.new - g) / g, abs(d.new - d) / d)
        g <- g.new
        d <- d.new
    }
    for (f in 1:p) out[i, f] <- (s[i, f] - g[f]) / sqrt(d[f]) * sd[f] + mu[i, f]
}
colnames(out) <- paste0("e", 1:p)
write.csv(cbind(data.frame(scanner = b, age = age, sex = sex), x, out), "combat_gaps.csv", row.names = FALSE, quote = FALSE, na = "")
