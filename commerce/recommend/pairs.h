#pragma once
// What stands together in carts and orders. Pure.
//
// Bounds: kPairsMax partners a product; a new one takes the place of the one that weighs least, of
// equal ones the last to come.
#include "commerce/recommend/state.h"

namespace vitrine::recommend {

enum class Together { Cart, Order };

void count_pair(Pairs& pairs, Number other, Together where);

}  // namespace vitrine::recommend
