// All of keratin's public interface.
#pragma once

#include "keratin/data.h"
#include "keratin/dtype.h"
#include "keratin/error.h"
#include "keratin/model.h"
#include "keratin/tensor.h"
