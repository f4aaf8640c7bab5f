#include "app/driver/ledger.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace vitrine::driver {

Result<std::unique_ptr<Ledger>> Ledger::open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0)
    return fail(Code::Io, "open the ledger " + path + ": " + std::strerror(errno) +
                              "; give --ledger a file that can be written");
  std::unique_ptr<Ledger> ledger(new Ledger(file));
  VT_TRY_VOID(ledger->read_back(path));
  return ledger;
}

Ledger::~Ledger() { ::close(file_); }

Result<void> Ledger::read_back(const std::string& path) {
  std::ifstream in(path);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  const auto whole = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  if (whole != text.size() && ::ftruncate(file_, static_cast<off_t>(whole)) != 0)
    return fail(Code::Io,
                "cut the unfinished line of the ledger " + path + ": " + std::strerror(errno));
  std::istringstream lines(text.substr(0, whole));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string verb, kind, id, answer;
    words >> verb >> kind >> id >> answer;
    if (verb == "ack") remember(kind, id, answer);
    if (verb == "removed") acknowledged_[kind].erase(id);
  }
  return {};
}

void Ledger::write_line(const std::string& line) {
  const auto done = ::write(file_, line.data(), line.size());
  VT_CHECK_MSG(done == static_cast<ssize_t>(line.size()), "the ledger cannot be written");
}

void Ledger::remember(const std::string& kind, const std::string& id, const std::string& answer) {
  const auto [at, fresh] = acknowledged_[kind].emplace(id, answer);
  if (!fresh && at->second != answer) ++contradictions_;
}

void Ledger::sent(std::string_view kind, std::string_view id) {
  const std::lock_guard lock(mutex_);
  write_line("sent " + std::string(kind) + " " + std::string(id) + "\n");
}

void Ledger::acknowledged(std::string_view kind, std::string_view id, std::string_view answer) {
  const std::lock_guard lock(mutex_);
  const std::string k(kind), i(id), a(answer);
  write_line("ack " + k + " " + i + " " + a + "\n");
  remember(k, i, a);
}

void Ledger::removed(std::string_view kind, std::string_view id) {
  const std::lock_guard lock(mutex_);
  if (acknowledged_[std::string(kind)].erase(std::string(id)) == 0) return;  // not one of ours
  write_line("removed " + std::string(kind) + " " + std::string(id) + "\n");
}

void Ledger::held(std::string_view kind, std::string_view id) {
  const std::lock_guard lock(mutex_);
  write_line("held " + std::string(kind) + " " + std::string(id) + "\n");
}

void Ledger::refused(std::string_view kind, std::string_view id, std::string_view code) {
  const std::lock_guard lock(mutex_);
  write_line("refused " + std::string(kind) + " " + std::string(id) + " " + std::string(code) +
             "\n");
}

std::map<std::string, std::string> Ledger::snapshot_of_acknowledged(std::string_view kind) const {
  const std::lock_guard lock(mutex_);
  const auto at = acknowledged_.find(std::string(kind));
  return at == acknowledged_.end() ? std::map<std::string, std::string>{} : at->second;
}

std::uint64_t Ledger::contradictions() const {
  const std::lock_guard lock(mutex_);
  return contradictions_;
}

}  // namespace vitrine::driver
