#pragma once
// exp and log made of additions, multiplications and divisions only, which every machine rounds
// alike. The C library's choose other code by processor, and their last bit differs with it: a
// replay elsewhere would then not give the same scores. Square roots are exact already: std::sqrt.
//
// Accuracy: within two units in the last place. Cost: about 10 ns.
namespace vitrine::learn {

double exact_exp(double x);  // 0 below -708, infinity above 709
double exact_log(double x);  // x > 0, and not subnormal

// 1 / (1 + e^-x), never exactly 0 or 1: log loss of a sure mistake stays finite.
double sigmoid(double x);
double logit(double probability);  // of a probability in (0, 1)

}  // namespace vitrine::learn
