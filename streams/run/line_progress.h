#pragma once
// How many lines of each input were taken: state of the app, committed together with what the lines
// caused.
//
// A line's correlation is "<input id>#<number>", from 1. The processor keeps the greatest number
// per input id.
#include <cstdint>
#include <string>

#include "vitrine/app.h"
#include "vitrine/engine.h"

namespace vitrine::run_detail {

using TextTopic = Topic<std::string, std::string>;

Bytes line_correlation(const std::string& input_id, std::uint64_t number);
void keep_line_progress(App& app, const TextTopic& input);
std::uint64_t lines_taken(const Engine& engine, const std::string& input_id);

}  // namespace vitrine::run_detail
