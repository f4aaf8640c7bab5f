#include "commerce/sentiment/concern.h"

#include <algorithm>
#include <array>
#include <span>
#include <unordered_map>

#include "commerce/assistant/question.h"
#include "commerce/model/words.h"

namespace vitrine::sentiment {
namespace {

using Words = std::vector<std::string>;

struct Phrases {
  Concern concern;
  std::string_view about;
  std::string_view phrases;  // one after the other, parted by commas
};

constexpr std::array kPhrases{
    Phrases{Concern::Stop, "safety",
            "on fire,fire behind,smoke behind,smoke coming,call an ambulance,call the police,"
            "is bleeding,youre bleeding,he fell,she fell,he is hurt,she is hurt,gas leak,"
            "es brennt,ist verletzt,somebody help,someone help"},
    Phrases{Concern::Stop, "trust",
            "scam,scammer,scammers,fraud,this is fake,its fake,they are fake,counterfeit,"
            "stolen goods,betrug,fälschung"},
    Phrases{Concern::Stop, "exposure",
            "your address,your password,card number is,bank details,private data,"
            "everyone can see your,we can see your screen,your screen is showing,hot mic,"
            "your mic is still on,stop the show,stop the stream,end the stream,end the show,"
            "stop streaming,turn the stream off,sofort aufhören"},
    Phrases{Concern::Technical, "sound",
            "no sound,no audio,no voice,cant hear,can not hear,cannot hear,could not hear,"
            "couldnt hear,hear nothing,hear anything,sound is gone,sound gone,audio is gone,"
            "audio gone,sound is off,sound off,mic is off,mic off,mic is muted,mic muted,"
            "are muted,youre muted,your muted,on mute,is muted,echo,echoing,audio broken,"
            "sound broken,sound is broken,audio is broken,too quiet,too loud,sound cuts,"
            "audio cuts,sound keeps cutting,audio keeps cutting,crackling,static noise,"
            "out of sync,kein ton,keinen ton,ton weg,ton ist weg,höre nichts,hört man nichts,"
            "zu leise"},
    Phrases{Concern::Technical, "picture",
            "no picture,no video,black screen,screen is black,screen black,blurry,pixelated,"
            "is freezing,keeps freezing,its frozen,is frozen,stream froze,video froze,"
            "picture froze,stream is lagging,stream lagging,stream lags,video lags,"
            "video is lagging,so laggy,keeps buffering,buffering,too dark,out of focus,"
            "not in focus,cant see anything,can not see anything,cannot see anything,cant see it,"
            "cannot see it,can not see it,see nothing,video broken,stream broken,"
            "stream is broken,video is broken,camera is off,camera off,camera is shaking,"
            "camera shaking,kein bild,bild weg,ruckelt,unscharf,sehe nichts,zu dunkel"},
    Phrases{Concern::Presentation, "pace",
            "too fast,too slow,slow down,slower please,go slower,get to the point,talk less,"
            "stop talking,move on,next product,next please,skip this,boring,so boring,"
            "seen that already,seen this already,falling asleep,zu schnell,zu langsam,langweilig,"
            "weiter bitte"},
    Phrases{Concern::Presentation, "view",
            "show it closer,closer please,come closer,show the back,show us the back,"
            "show it from,show the inside,show it on,show it again,show us again,turn it around,"
            "turn it please,hold it up,hold it still,hold it closer,zoom in,closer to the camera,"
            "we want to see it,let us see,näher bitte,zeig mal,von hinten"},
    Phrases{Concern::Dislike, "price",
            "too expensive,overpriced,rip off,ripoff,waste of money,not worth it,not worth the,"
            "cheaper at,cheaper on,cheaper elsewhere,way too much,zu teuer,abzocke"},
    Phrases{Concern::Dislike, "product",
            "dont like it,dont like this,dont like that,do not like,not my taste,not my style,"
            "hate it,hate this,ugly,looks cheap,look cheap,looks bad,bad quality,poor quality,"
            "low quality,disappointed,disappointing,tacky,hideous,awful,no thanks,not for me,"
            "looks horrible,hässlich,gefällt mir nicht,schlechte qualität"},
};

struct Pattern {
  Words words;
  Heard heard;
};

// By first word; within it in the order of the table, the gravest first. Asked only, never walked.
const std::unordered_map<std::string, std::vector<Pattern>>& patterns() {
  static const auto all = [] {
    std::unordered_map<std::string, std::vector<Pattern>> out;
    for (const Phrases& row : kPhrases) {
      std::string_view left = row.phrases;
      while (!left.empty()) {
        const auto comma = left.find(',');
        Words words = model::words_of(left.substr(0, comma));
        out[words.front()].push_back({words, {row.concern, row.about}});
        left = comma == std::string_view::npos ? std::string_view{} : left.substr(comma + 1);
      }
    }
    return out;
  }();
  return all;
}

int gravity(Concern concern) {
  switch (concern) {
    case Concern::Stop: return 5;
    case Concern::Technical: return 4;
    case Concern::Presentation: return 3;
    case Concern::Dislike: return 2;
    case Concern::Feature: return 1;
    case Concern::Abuse:
    case Concern::None: return 0;
  }
  return 0;
}

}  // namespace

std::string_view name_of(Concern concern) {
  switch (concern) {
    case Concern::Dislike: return "dislike";
    case Concern::Presentation: return "presentation";
    case Concern::Technical: return "technical";
    case Concern::Feature: return "feature";
    case Concern::Stop: return "stop";
    case Concern::Abuse: return "abuse";
    case Concern::None: return "none";
  }
  return "none";
}

Heard concern_of(std::string_view text, const Words& words) {
  Heard best;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto first = patterns().find(words[i]);
    if (first == patterns().end()) continue;
    for (const Pattern& pattern : first->second) {
      const bool fits = i + pattern.words.size() <= words.size() &&
                        std::equal(pattern.words.begin(), pattern.words.end(),
                                   words.begin() + static_cast<std::ptrdiff_t>(i));
      if (fits && gravity(pattern.heard.concern) > gravity(best.concern)) best = pattern.heard;
    }
  }
  if (best.concern != Concern::None || !assistant::is_question(text, words)) return best;
  const auto topic = assistant::topic_of(assistant::content_of(words));
  return topic.empty() ? best : Heard{Concern::Feature, topic};
}

}  // namespace vitrine::sentiment
