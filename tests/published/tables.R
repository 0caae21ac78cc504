# Writes the draws of other packages' examples as `simulate value --table` and `--parameters` read them.
#
#   Rscript tables.R OUT [DIRECTORY]
#
# DIRECTORY holds the packages' source trees (dampack/data/example_psa.rda and so on); a package that is not there is
# looked for among the installed ones. The draws of voi's examples are made anew, in the order and with the seed that
# its description gives, so that they take no package; R 3.6 or later draws the same ones.

arguments <- commandArgs(trailingOnly = TRUE)
out <- arguments[1]
sources <- if (length(arguments) > 1) arguments[2] else out

written <- function(name, costs, effects, inputs = NULL) {
  costs <- as.data.frame(costs)
  effects <- as.data.frame(effects)
  draw <- seq_len(nrow(costs))
  names(effects) <- paste0("effect_", names(costs))
  names(costs) <- paste0("cost_", names(costs))
  write.csv(cbind(draw, costs, effects), file.path(out, paste0(name, ".csv")), row.names = FALSE)
  if (!is.null(inputs)) {
    write.csv(cbind(draw, as.data.frame(inputs)), file.path(out, paste0(name, "-inputs.csv")), row.names = FALSE)
  }
}

# The objects of a data set, or NULL where it is not at hand.
data_set <- function(package, name) {
  found <- new.env()
  of_source <- list.files(file.path(sources, package, "data"), paste0("^", name, "[.]rda(ta)?$"),
                          ignore.case = TRUE, full.names = TRUE)
  if (length(of_source) > 0) {
    load(of_source[1], envir = found)
  } else if (requireNamespace(package, quietly = TRUE)) {
    data(list = name, package = package, envir = found)
  } else {
    return(NULL)
  }
  as.list(found)
}

# BCEA has renamed its matrices twice, and once kept them as text beside the others.
from_bcea <- function(name, strategies) {
  found <- data_set("BCEA", name)
  text <- file.path(sources, "BCEA", "data", paste0(tolower(name), "_results.csv"))
  if (is.null(found) && file.exists(text)) {
    columns <- read.csv(text)
    found <- list(eff = columns[startsWith(names(columns), "e.")], cost = columns[startsWith(names(columns), "c.")])
  }
  if (!is.null(found)) {
    first <- function(names) as.data.frame(found[[intersect(names, names(found))[1]]])
    costs <- first(c("cost", "c.pts", "c"))
    names(costs) <- strategies
    written(tolower(name), costs, first(c("eff", "e.pts", "e")))
  }
}

from_dampack <- function() {
  found <- data_set("dampack", "example_psa")$example_psa
  if (!is.null(found)) {
    names(found$cost) <- found$strategies
    written("dampack", found$cost, found$effectiveness, found$parameters)
  }
}

from_voi <- function() {
  found <- data_set("voi", "chemo_cea")$chemo_cea
  if (!is.null(found)) written("voi", found$c, found$e, data_set("voi", "chemo_pars")$chemo_pars)
}

simple_of_voi <- function(n = 10000) {
  set.seed(1)
  p1 <- rnorm(n, 1, 1)
  p2 <- rnorm(n, 0, 2)
  written("simple", data.frame(t1 = 0, t2 = p2), data.frame(t1 = 0, t2 = p1), data.frame(p1, p2))
}

chemotherapy_of_voi <- function(n = 10000) {
  set.seed(1)
  share <- function(mean, variance) {
    size <- mean * (1 - mean) / variance - 1
    rbeta(n, mean * size, (1 - mean) * size)
  }
  money <- function(mean, variance) {
    log_variance <- log1p(variance / mean^2)
    rlnorm(n, log(mean) - log_variance / 2, sqrt(log_variance))
  }
  drawn <- list()
  drawn$p_side_effects_t1 <- rbeta(n, 53, 60)
  drawn$logor_side_effects <- rnorm(n, log(0.54), 0.3)
  drawn$p_hospitalised_total <- rbeta(n, 44, 10)
  drawn$p_died <- rbeta(n, 9, 36)
  drawn$lambda_home <- share(0.21, 0.03^2)
  drawn$lambda_hosp <- share(0.03, 0.0065^2)
  drawn$c_home_care <- money(830, 150)
  drawn$c_hospital <- money(2400, 1880)
  drawn$c_death <- money(1710, 760)
  drawn$u_recovery <- share(0.98, 0.0008)
  drawn$u_home_care <- share(0.7, 0.02)
  drawn$u_hospital <- share(0.3, 0.03)
  drawn$rate_longterm <- rgamma(n, shape = (0.95 / 20)^2 / 0.001, rate = (0.95 / 20) / 0.001)
  write.csv(as.data.frame(drawn), file.path(out, "chemotherapy-drawn.csv"), row.names = FALSE)
}

from_dampack()
from_bcea("Vaccine", c("Status quo", "Vaccination"))
from_bcea("Smoking", c("No intervention", "Self-help", "Individual counselling", "Group counselling"))
from_voi()
simple_of_voi()
chemotherapy_of_voi()
