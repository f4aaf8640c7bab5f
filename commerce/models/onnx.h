#pragma once
// ONNX Runtime, where a machine has it: looked for by dlopen, never linked.
#include <string>

namespace vitrine::models {

// VITRINE_ONNXRUNTIME names the library; else libonnxruntime.so.1 is looked for as usual.
struct OnnxRuntime {
  std::string version;  // empty: there is none
  std::string problem;  // then: a sentence
};
const OnnxRuntime& onnx_runtime();

}  // namespace vitrine::models
