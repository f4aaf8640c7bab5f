#include "eval/parameters.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "eval/files.h"

namespace vitrine::eval {
namespace {

std::string path_of(const Options& options, std::string_view task) {
  return options.parameters + "/" + std::string(task) + ".conf";
}

}  // namespace

Result<Parameters> Parameters::load(const Options& options, std::string_view task) {
  const std::string path = path_of(options, task);
  auto text = read_file(path);
  if (!text)
    return fail(Code::NotFound, "read the parameters " + path +
                                    ": no such file; run in the tree's " +
                                    "top folder, say --parameters DIR, or make it: ./dev eval " +
                                    std::string(task) + " --choose");
  Parameters parameters;
  for (const std::string_view line : lines_of(*text)) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t space = line.find(' ');
    const std::string value{space == std::string_view::npos ? "" : line.substr(space + 1)};
    char* end = nullptr;
    const double number = std::strtod(value.c_str(), &end);
    if (value.empty() || *end != 0)
      return fail(Code::Invalid, "read the parameters " + path +
                                     ": not `key value`: " + std::string(line) + "; mend the line");
    parameters.set(std::string(line.substr(0, space)), number);
  }
  return parameters;
}

Result<void> Parameters::save(const Options& options, std::string_view task) const {
  const std::string path = path_of(options, task);
  std::ofstream file(path);
  file << "# Chosen on folds of the training part by: ./dev eval " << task << " --choose\n";
  for (const auto& [key, value] : values_) {
    char text[40];
    std::snprintf(text, sizeof text, "%.9g", value);
    file << key << " " << text << "\n";
  }
  file.close();
  if (!file)
    return fail(Code::Io, "write the parameters " + path + ": failed; is the folder there?");
  return {};
}

double Parameters::get(const std::string& key) const {
  const auto found = values_.find(key);
  VT_CHECK_MSG(found != values_.end(), "no parameter " + key + ": choose them anew");
  return found->second;
}

}  // namespace vitrine::eval
