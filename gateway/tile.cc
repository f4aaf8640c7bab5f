#include "gateway/tile.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "base/hash.h"

namespace vitrine::gateway {
namespace {

constexpr std::size_t kLineChars = 18;
constexpr std::size_t kLinesMax = 3;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

std::vector<std::string> lines_of(std::string_view title) {
  std::vector<std::string> lines(1);
  while (!title.empty()) {
    const auto end = std::min(title.find(' '), title.size());
    const std::string_view word = title.substr(0, end);
    title.remove_prefix(std::min(end + 1, title.size()));
    if (word.empty()) continue;
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > kLineChars) {
      if (lines.size() == kLinesMax) {
        lines.back() += "\xE2\x80\xA6";
        break;
      }
      lines.emplace_back();
    }
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
  }
  return lines;
}

// Line drawings on a 24 x 24 grid, by a word of the category or title; the last one fits
// everything.
struct Shape {
  std::string_view word, path;
};
constexpr std::array kShapes = {
    Shape{"mug",
          "M5 7h10v8a3 3 0 0 1-3 3H8a3 3 0 0 1-3-3zM15 9h2a2.5 2.5 0 0 1 0 5h-2M8 3v1.5M12 3v1.5"},
    Shape{"kitchen", "M6 3v7a2 2 0 0 0 4 0V3M8 12v9M16 3c-2 1-3 4-3 7h3v11"},
    Shape{"bag", "M5 8h14l-1 12H6zM9 8V6a3 3 0 0 1 6 0v2"},
    Shape{"light", "M12 3v2M12 8c-3 3-4 5-4 7a4 4 0 0 0 8 0c0-2-1-4-4-7z"},
    Shape{"candle", "M9 11h6v10H9zM12 11V8M12 3c-2 2-2 4 0 5 2-1 2-3 0-5z"},
    Shape{"garden", "M12 21v-9M12 12c-5 0-6-3-6-6 5 0 6 3 6 6zM12 14c4 0 6-2 6-5-4 0-6 2-6 5z"},
    Shape{"toy", "M8 9a4 4 0 1 1 8 0M6 20a6 6 0 0 1 12 0zM7 6a2 2 0 1 1 2-2M17 6a2 2 0 1 0-2-2"},
    Shape{"christmas", "M12 3l4 6h-2l4 5h-5v4h-2v-4H6l4-5H8z"},
    Shape{"paper", "M6 3h9l3 3v15H6zM15 3v3h3M9 10h6M9 14h6M9 18h4"},
    Shape{"clock", "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4l3 2"},
    Shape{"jewel", "M7 4h10l4 5-9 11L3 9zM3 9h18M12 20L8 9l2-5M12 20l4-11-2-5"},
    Shape{"heart", "M12 20C4 14 3 10 5 7s6-2 7 1c1-3 5-4 7-1s1 7-7 13z"},
    Shape{"home", "M4 11l8-7 8 7M6 10v10h12V10M10 20v-6h4v6"},
    Shape{"", "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8"},
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return out;
}

std::string_view shape_for(std::string_view category, std::string_view title) {
  for (const std::string& text : {lower(category), lower(title)}) {
    for (const auto& shape : kShapes) {
      if (!shape.word.empty() && text.find(shape.word) != std::string::npos) return shape.path;
    }
  }
  return kShapes.back().path;
}

}  // namespace

std::string product_tile(std::string_view sku, std::string_view title, std::string_view category) {
  const std::uint32_t hash = crc32c(sku);
  const unsigned hue = hash % 360;
  const unsigned second = (hue + 28 + hash / 360 % 40) % 360;
  const unsigned angle = hash / 7 % 90;
  std::string text;
  const auto lines = lines_of(title);
  double y = 548 - 46 * static_cast<double>(lines.size() - 1);
  for (const auto& line : lines) {
    text += fmt::format(R"(<text x="40" y="{:.0f}">{}</text>)", y, escaped(line));
    y += 46;
  }
  return fmt::format(
      R"svg(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 600" role="img" aria-label="{title}">)svg"
      R"svg(<defs><linearGradient id="g" gradientTransform="rotate({angle})"><stop offset="0" stop-color="hsl({hue} 58% 46%)"/>)svg"
      R"svg(<stop offset="1" stop-color="hsl({second} 62% 26%)"/></linearGradient></defs>)svg"
      R"svg(<rect width="600" height="600" fill="url(#g)"/><circle cx="{cx}" cy="210" r="230" fill="#fff" opacity=".08"/>)svg"
      R"svg(<circle cx="{dx}" cy="60" r="150" fill="#fff" opacity=".06"/>)svg"
      R"svg(<g transform="translate(174 84) scale(10.5)" fill="none" stroke="#fff" stroke-width="1.1" )svg"
      R"svg(stroke-linecap="round" stroke-linejoin="round" opacity=".94"><path d="{shape}"/></g>)svg"
      R"svg(<text x="40" y="64" font-family="system-ui,sans-serif" font-size="24" fill="#fff" opacity=".75" )svg"
      R"svg(letter-spacing="2">{category}</text>)svg"
      R"svg(<g font-family="system-ui,sans-serif" font-size="40" font-weight="700" fill="#fff">{text}</g></svg>)svg",
      fmt::arg("title", escaped(title)), fmt::arg("angle", angle), fmt::arg("hue", hue),
      fmt::arg("second", second), fmt::arg("cx", 180 + hash / 11 % 240),
      fmt::arg("dx", hash / 13 % 600), fmt::arg("shape", shape_for(category, title)),
      fmt::arg("category", escaped(lower(category))), fmt::arg("text", text));
}

}  // namespace vitrine::gateway
