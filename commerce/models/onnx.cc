#include "commerce/models/onnx.h"

#include <dlfcn.h>

#include <cstdint>
#include <cstdlib>

namespace vitrine::models {
namespace {

// The door of every version of the library: two functions.
struct ApiBase {
  const void* (*api)(std::uint32_t version);
  const char* (*version)();
};

OnnxRuntime look() {
  const char* named = std::getenv("VITRINE_ONNXRUNTIME");
  const std::string file = named != nullptr && *named != '\0' ? named : "libonnxruntime.so.1";
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    return {{}, "there is no " + file + "; install ONNX Runtime, or name its library in "
                "VITRINE_ONNXRUNTIME"};
  using Door = const ApiBase* (*)();
  const auto door = reinterpret_cast<Door>(::dlsym(library, "OrtGetApiBase"));
  if (door == nullptr) return {{}, file + " is no ONNX Runtime"};
  return {door()->version(), {}};
}

}  // namespace

const OnnxRuntime& onnx_runtime() {
  static const OnnxRuntime found = look();
  return found;
}

}  // namespace vitrine::models
