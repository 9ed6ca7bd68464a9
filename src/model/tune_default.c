/* The space that is searched when none is given; why these bounds: docs/model-tune.md. */
#include "model/tune.h"

const char ms_tune_default_space[] =
    "{\n"
    "  \"$schema\": \"tune.schema.json\",\n"
    "  \"parameters\": {\n"
    "    \"network.hidden\": { \"layers\": [1, 3], \"low\": 8, \"high\": 256, \"log\": true },\n"
    "    \"network.activation\": { \"choice\": [\"silu\", \"selu\", \"relu\", \"tanh\"] },\n"
    "    \"network.norm\": { \"choice\": [\"none\", \"batch\"] },\n"
    "    \"network.dropout\": { \"low\": 0, \"high\": 0.6, \"step\": 0.1 },\n"
    "    \"network.l2\": { \"low\": 1e-05, \"high\": 0.3, \"log\": true, \"or\": [0] },\n"
    "    \"network.optimizer\": { \"choice\": [\"adam\", \"rmsprop\", \"sgd\"] },\n"
    "    \"network.learning_rate\": { \"low\": 0.001, \"high\": 0.1, \"log\": true },\n"
    "    \"network.lr_decay\": { \"low\": 0.985, \"high\": 1 },\n"
    "    \"validation\": { \"choice\": [0.2, 0] },\n"
    "    \"network.epochs\": { \"low\": 30, \"high\": 500, \"log\": true, \"step\": 1, \"when\": { "
    "\"validation\": [0] } }\n"
    "  }\n"
    "}\n";
