#pragma once
#include "keratin/layer.h"
