#pragma once
// How the kernel shares busy cores among our threads.

namespace vitrine {

// The calling thread works in short bursts that others wait for. It asks for short turns: then it
// is let in soon after it wakes, although others are at work on every core, and it has no larger
// share than they. On a machine with a free core nothing changes, and a kernel that does not know
// of it (before Linux 6.12) goes on as ever. Threads that it starts do not inherit it.
void take_short_turns();

}  // namespace vitrine
