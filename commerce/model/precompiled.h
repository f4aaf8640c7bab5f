#pragma once
// As base/precompiled.h, with the generated messages, for the rooms that speak them.
#include "base/precompiled.h"
#include "commerce/model/proto/api.pb.h"
#include "commerce/model/proto/audience.pb.h"
