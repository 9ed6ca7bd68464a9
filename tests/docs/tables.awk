# Made-up tables for the commands of the manual and of the help texts, the same in every run: 160 patients whose survival
# depends on age, muscle and two features. Written into the current folder.
#   awk -f tests/docs/tables.awk
function uniform() { # Park and Miller's generator
    state = state * 16807 % 2147483647
    return state / 2147483647
}
function normal(  i, sum) {
    for (i = 0; i < 12; i++) sum += uniform()
    return sum - 6
}
function put(file, text) { print text >file }
BEGIN {
    state = 20240117
    n_names = split("sm_original_firstorder_Mean sm_original_firstorder_Entropy sm_original_glcm_Contrast " \
        "sm_original_glcm_Correlation sm_original_glrlm_RunEntropy sm_original_glszm_ZoneEntropy " \
        "sm_wavelet-LLH_glcm_Contrast sm_wavelet-HHL_firstorder_Mean sm_log-sigma-2-mm_gldm_SmallDependenceEmphasis " \
        "pm_original_firstorder_Mean pm_original_glcm_Contrast pm_original_ngtdm_Coarseness", name, " ")
    features = ""
    for (i = 1; i <= n_names; i++) features = features "," name[i]
    clinical = "case_id,cohort,centre,split,scanner,sex,age_years,smi,smi_cm2_m2,sma_cm2,albumin,child_pugh,sarcopenia"
    outcome = "os_days,os_event,rfs_days,rfs_event"
    put("cohort.csv", clinical "," outcome ",status,cause,complication,risk" features)
    split("features.csv train.csv test.csv new.csv hospital_a.csv hospital_b.csv", wide, " ")
    for (i in wide) {
        put(wide[i], "case_id,centre,split,scanner,sex,age_years,os_days,os_event" features \
            (wide[i] == "features.csv" ? ",w,o,start,fold" : ""))
    }
    put("f.csv", "name,factor\nsm_original_firstorder_Mean,0\nsm_original_glcm_Contrast,0.5")
    put("predicted.csv", "case_id,os_days,os_event,risk,risk2,smi,clinical,network,survival_365,survival_730,survival_1095")
    put("visits.csv", "id,start,stop,event,smi,sex")
    put("patients.csv", "age_years,sex")
    put("patients.csv", "50,f\n70,m")
    put("reader1.csv", "case_id" features)
    put("reader2.csv", "case_id" features)
    put("perturbed.csv", "case_id,perturbation" features)
    put("relapse.csv", "et,ev,arm,age,hospital")
    put("inspections.csv", "left,right,arm")
    put("weighted.csv", "time,status,x,w,start,id,s,hazard")
    for (p = 1; p <= 160; p++) patient(p)
}
function patient(p,  f, i, row, second, id, man, age, smi, hazard, os, event, censored, rfs, split_, centre, risk, cause) {
    id = sprintf("P%03d", p)
    man = uniform() < 0.6
    age = int(62 + 9 * normal())
    smi = (man ? 48 : 40) + 6 * normal()
    row = second = ""
    for (i = 1; i <= n_names; i++) {
        f[i] = normal()
        row = row sprintf(",%.4f", f[i])
        second = second sprintf(",%.4f", f[i] + 0.3 * normal())
    }
    hazard = 0.04 * (age - 62) - 0.06 * (smi - 45) + 0.9 * f[1] - 0.7 * f[3]
    os = 1 + int(-1200 * log(uniform()) / exp(hazard))
    censored = 300 + int(2500 * uniform())
    event = os <= censored
    if (!event) os = censored
    rfs = uniform() < 0.4 ? 1 + int(os * uniform()) : os
    split_ = p > 120 ? "external" : p % 10 < 7 ? "training" : "internal"
    centre = p > 140 ? "B" : p > 120 ? "A" : "main"
    cause = !event ? "alive" : uniform() < 0.7 ? "cancer" : "other"
    risk = hazard + 0.3 * normal()
    put("cohort.csv", sprintf("%s,%s,%s,%s,%s,%s,%d,%.2f,%.2f,%.2f,%s,%s,%s,%d,%d,%d,%d,%s,%s,%d,%.4f%s", id,
        p > 120 ? "external" : "main", centre, split_, p % 3 ? "s1" : "s2", man ? "m" : "f", age, smi, smi, smi * 2.9,
        p % 7 ? sprintf("%.1f", 38 + 4 * normal()) : "", p % 9 ? (uniform() < 0.7 ? "A" : "B") : "",
        smi < (man ? 46 : 39) ? "yes" : "no", os, event, rfs, event || rfs < os, event ? "dead" : "alive", cause,
        uniform() < 0.3 + 0.1 * man, 1 / (1 + exp(-risk)), row))
    row = sprintf("%s,%s,%s,%s,%d,%d,%d,%d%s", id, centre, split_, p % 3 ? "s1" : "s2", man, age, os, event, row)
    put("features.csv", row sprintf(",%.1f,%.2f,%d,%d", 0.5 + (p % 4) / 2, (p % 5) / 10, os > 100 ? p % 90 : 0, p % 5 + 1))
    put(p <= 120 ? "train.csv" : "test.csv", row)
    if (p > 120) put("new.csv", row)
    if (p > 120) put(p <= 140 ? "hospital_a.csv" : "hospital_b.csv", row)
    put("predicted.csv", sprintf("%s,%d,%d,%.4f,%.4f,%.2f,%.4f,%.4f,%.4f,%.4f,%.4f", id, os, event, risk, risk + normal(), smi,
        1 - exp(-0.9 * exp(0.04 * (age - 62))), 1 - exp(-0.9 * exp(risk)), exp(-0.3 * exp(risk)), exp(-0.6 * exp(risk)),
        exp(-0.9 * exp(risk))))
    if (p <= 60) {
        second_row(p, id, os, event, smi, man)
        put("reader1.csv", id substr_row(f))
        put("reader2.csv", id second)
        put("perturbed.csv", id ",0" substr_row(f) "\n" id ",1" second)
    }
    put("relapse.csv", sprintf("%d,%s,%s,%d,%s", os, event ? (cause == "cancer" ? "relapse" : "death") : "none",
        p % 2 ? "A" : "B", age, centre))
    put("inspections.csv", sprintf("%d,%s,%s", int(os / 90) * 90, event ? int(os / 90) * 90 + 90 : "", p % 2 ? "A" : "B"))
    put("weighted.csv", sprintf("%d,%d,%s,%.1f,%d,%d,%s,%.3f", os, event, p % 2 ? "A" : "B", 0.5 + (p % 4) / 2, os > 100 ? p % 90 : 0,
        int(p / 2), centre, os / 1200))
}
function second_row(p, id, os, event, smi, man,  half) {
    half = int(os / 2)
    if (half > 0) put("visits.csv", sprintf("%s,0,%d,0,%.2f,%s", id, half, smi, man ? "m" : "f"))
    put("visits.csv", sprintf("%s,%d,%d,%d,%.2f,%s", id, half, os, event, smi - 1, man ? "m" : "f"))
}
function substr_row(f,  i, text) {
    for (i = 1; i <= n_names; i++) text = text sprintf(",%.4f", f[i])
    return text
}
