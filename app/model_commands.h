#pragma once
// How `vitrine model` changes something: a command into the log, and its outcome out of it. By a
// running server's API, or into the log itself when no server has it.
#include <string>

#include "commerce/model/proto/models.pb.h"
#include "base/result.h"

namespace vitrine {

struct ModelDoor {
  std::string log = "./var/log";
  std::string at;          // http://HOST:PORT of a running server; empty: open the log
  std::string token_file;  // with `at`: a host's token
};

// What became of it. A refusal is an Error with the refusal's sentence.
Result<ModelEvent> tell_model(const ModelDoor& door, const std::string& name,
                              ModelCommand command);

}  // namespace vitrine
