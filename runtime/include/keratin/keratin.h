// All of keratin's public interface.
#pragma once

#include "keratin/callbacks.h"
#include "keratin/compile.h"
#include "keratin/csv.h"
#include "keratin/custom.h"
#include "keratin/data.h"
#include "keratin/dtype.h"
#include "keratin/error.h"
#include "keratin/fit.h"
#include "keratin/layer.h"
#include "keratin/layers.h"
#include "keratin/losses.h"
#include "keratin/metrics.h"
#include "keratin/model.h"
#include "keratin/ops.h"
#include "keratin/optimizers.h"
#include "keratin/tensor.h"
