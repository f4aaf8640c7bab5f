#pragma once
// Files of the data sets: plain, gzip, or a tar archive in gzip. A missing one is an error that
// says which data set is missing and how it is found.
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "eval/options.h"

namespace vitrine::eval {

// The path of `name`, for example "spam_sms/messages.tsv", below the folder of the data sets.
Result<std::string> data_file(const Options& options, const std::string& name);

// A file's bytes, unpacked when they begin as gzip does. At most 1 GiB.
Result<Bytes> read_file(const std::string& path);

struct Member {
  std::string name;
  Bytes content;
};
// The files of a tar archive, or of a folder, sorted by name.
Result<std::vector<Member>> read_files(const std::string& path);

// The lines of a text, without their ends; a last empty line is none.
std::vector<std::string_view> lines_of(std::string_view text);

}  // namespace vitrine::eval
