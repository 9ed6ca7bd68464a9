/* model/explain.h: the parts of a model's explanation. The public interface is myosurv/model_explain.h. */
#ifndef MS_MODEL_EXPLAIN_H
#define MS_MODEL_EXPLAIN_H

#include "model/model.h"
#include "myosurv/model_explain.h"

/* ---- dense_gradient.c: a network from the sums of its first layer on, forward and back ----------------- */

/* Derivative of ms_activation_value; at a kink the one from the left. */
double ms_activation_slope(int activation, double x);
/* True for an activation whose slope or curvature jumps at 0. */
bool ms_activation_kinked(int activation);
/* Doubles that ms_net_tail needs to work in. */
size_t ms_net_tail_places(const ms_net *net);
/* sums[sizes[1]]: weights times x plus constants of the first layer. */
void ms_net_first_sums(const ms_net *net, const double *x, double *sums);
/* The output, in `work`, from the first layer's sums. */
const double *ms_net_tail(const ms_net *net, const double *sums, double *work);
/* After ms_net_tail with the same work: the gradient by the first layer's sums from that by the output. */
void ms_net_tail_back(const ms_net *net, double *work, const double *out_gradient, double *sums_gradient);
/* x_gradient[sizes[0]] from the gradient by the first layer's sums. */
void ms_net_first_back(const ms_net *net, const double *sums_gradient, double *x_gradient);
/* What the units with a kink receive (after ms_net_tail): their number, and the values where not NULL. */
size_t ms_net_kink_values(const ms_net *net, const double *work, double *values);

/* ---- explain_chain.c: the whole way from scaled inputs to the risk ------------------------------------- */

/* One member with what lies before it. The first sums are those of the encoder, or of the member without one.
 */
typedef struct ms_head {
    const ms_net *encoder; /* NULL: none */
    const double *code_centre, *code_scale;
    size_t code_size;
    const ms_net *net;
} ms_head;

typedef struct ms_chain {
    const ms_model *model;
    size_t n_inputs; /* scaled inputs: columns that were not dropped */
    size_t n_heads;
    ms_head *heads;
    size_t *offset;  /* [n_heads] of a head's first sums among all; the same for all that share an encoder */
    size_t width;    /* first sums of all heads */
    double *columns; /* [n_inputs * width] weights of the first layers, by input */
    double *constants;
    size_t places; /* doubles to work in */
} ms_chain;

MS_NODISCARD ms_status ms_chain_init(ms_chain *chain, const ms_model *model, ms_error *err);
void ms_chain_clear(ms_chain *chain);
size_t ms_head_width(const ms_head *head);
/* sums[width] from scaled inputs z[n_inputs]. */
void ms_chain_sums(const ms_chain *chain, const double *z, double *sums);
/* sums += columns[j] * dz: input j moved by dz. */
void ms_chain_move(const ms_chain *chain, size_t j, double dz, double *sums);
double ms_chain_risk(const ms_chain *chain, const double *sums, double *work);
/* One head's output, and its gradient by its own first sums. work[places]. */
double ms_head_value(const ms_head *head, const double *sums, double *work);
double ms_head_gradient(const ms_head *head, const double *sums, double *gradient, double *work);
/* After ms_head_value: as ms_net_kink_values for all layers. */
size_t ms_head_kink_values(const ms_head *head, const double *work, double *values);
/* z_gradient[n_inputs] from the gradient by all first sums. */
void ms_chain_back(const ms_chain *chain, const double *sums_gradient, double *z_gradient);
/* The scaled inputs of raw rows: z[n * n_inputs]; the columns they come from: column[n_inputs]. */
void ms_chain_columns(const ms_chain *chain, size_t *column);

/* ---- explain_gradients.c, explain_shapley.c ------------------------------------------------------------ */

/* Nodes and weights of Gauss and Legendre's rule on [0, 1]. */
void ms_gauss_legendre(size_t n, double *node, double *weight);

/* What both methods are asked: one patient against background rows, all scaled. */
typedef struct ms_explain_job {
    const ms_chain *chain;
    const double *background; /* [n_background * n_inputs] */
    size_t n_background;
    size_t steps, samples;
    uint64_t seed;
    const size_t *column; /* [n_inputs] raw column of each scaled input */
    const size_t *group;  /* [raw columns] or NULL */
    size_t n_groups;
} ms_explain_job;

/* z[n_inputs] -> contribution[n_inputs]. */
MS_NODISCARD ms_status ms_explain_gradients(const ms_explain_job *job, const double *z, double *contribution,
                                            ms_error *err);
/* The same with standard errors (NULL: not wanted), and by group where job->group is set. The stream of
 * random numbers is the row's. */
MS_NODISCARD ms_status ms_explain_shapley(const ms_explain_job *job, const double *z, size_t row,
                                          double *contribution, double *standard_error, double *by_group,
                                          double *group_error, ms_error *err);

#endif
