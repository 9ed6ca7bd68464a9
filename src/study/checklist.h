/* study/checklist.h: items of reporting checklists, and what a study can say to each. */
#ifndef MS_STUDY_CHECKLIST_H
#define MS_STUDY_CHECKLIST_H

#include <stddef.h>

/* What has to be there for an answer to be true. */
typedef enum ms_checklist_needs {
    MS_NEEDS_NOTHING,
    MS_NEEDS_NETWORK,  /* one was trained */
    MS_NEEDS_UNSEEN,   /* an internal or external group, and a network */
    MS_NEEDS_EXTERNAL, /* an external group, and a network */
    MS_NEEDS_COVARIATES
} ms_checklist_needs;

typedef struct ms_checklist_item {
    const char *item, *section, *topic; /* the topic in words of our own */
    const char *answer;                 /* NULL: for the authors */
    const char *where;                  /* in report.html or the study folder */
    ms_checklist_needs needs;
} ms_checklist_item;

/* TRIPOD+AI: Collins et al., BMJ 2024;385:e078378. checklist_tripod.c */
extern const ms_checklist_item ms_checklist_tripod[];
extern const size_t ms_n_checklist_tripod;
/* CLEAR: Kocak et al., Insights Imaging 2023;14:75. checklist_clear.c */
extern const ms_checklist_item ms_checklist_clear[];
extern const size_t ms_n_checklist_clear;

#endif
