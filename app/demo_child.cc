#include "app/demo_child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace vitrine {
namespace {

// In the child between fork and exec: only calls that are safe there.
[[noreturn]] void become(const std::vector<char*>& argv, int output, int parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);  // the parent died meanwhile
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::setpgid(0, 0);  // Ctrl-C reaches the supervisor alone, who stops the others in order
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

}  // namespace

Result<Child> Child::start(const std::vector<std::string>& command,
                           const std::string& output_file) {
  const int output = ::open(output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (output < 0) {
    return fail(Code::Io, "write " + output_file + ": " + std::strerror(errno));
  }
  std::vector<char*> argv;
  for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const int parent = ::getpid();
  Child child;
  child.pid_ = ::fork();
  if (child.pid_ == 0) become(argv, output, parent);
  ::close(output);
  if (child.pid_ < 0) {
    return fail(Code::Io, "start " + command.front() + ": " + std::strerror(errno));
  }
  return child;
}

bool Child::ended() {
  if (pid_ == 0) return true;
  const int got = ::waitpid(pid_, &status_, WNOHANG);
  if (got == 0) return false;
  pid_ = 0;
  return true;
}

void Child::stop(int patience_ms) {
  if (ended()) return;
  ::kill(pid_, SIGTERM);
  for (; patience_ms > 0 && !ended(); patience_ms -= 20) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, &status_, 0);
  pid_ = 0;
}

bool Child::was_killed() const { return WIFSIGNALED(status_) && WTERMSIG(status_) == SIGKILL; }

std::string Child::how_it_ended() const {
  if (WIFSIGNALED(status_)) return "signal " + std::to_string(WTERMSIG(status_));
  return "exit " + std::to_string(WEXITSTATUS(status_));
}

}  // namespace vitrine
