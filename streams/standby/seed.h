#pragma once
// A copy of an engine's folder over the link: what a standby that has nothing begins with.
//
// The sender makes a backup beside its log (files that never change are shared by a second name),
// sends its files and removes it. The receiver marks its folder as unfinished until all is there:
// nothing opens it meanwhile, and the next attempt begins with an empty folder.
#include <functional>
#include <string>

#include "base/env.h"
#include "streams/runtime/embedded_engine.h"
#include "streams/standby/channel.h"

namespace vitrine {

// Returns the last group in the copy. `still` is asked between pieces; false gives up.
Result<Epoch> send_copy(Disk& disk, EmbeddedEngine& engine, Channel& channel,
                        const std::function<bool()>& still);

// The folder is there and empty, or holds what an interrupted attempt left.
Result<void> receive_copy(Disk& disk, const std::string& folder, Channel& channel,
                          Duration patience, const std::function<bool()>& still);

// True when a copy into it was interrupted.
bool copy_unfinished(const Disk& disk, const std::string& folder);
// Takes log, state and everything that belongs to them away.
Result<void> remove_log(Disk& disk, const std::string& folder);

}  // namespace vitrine
