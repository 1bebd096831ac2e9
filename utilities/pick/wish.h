// exipick's command line: which messages are wanted, and how they are shown.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"

namespace gp::utilities {

struct PickWish {
    enum class Form { long_one, brief, ids, count, matches, flat }; // count: the number alone (-bpc); matches: in words (-c)
    enum class Text { none, help, manual, version };

    std::string config, queue, charset = "UTF-8";
    std::string spool, input = "input"; // of files; both as they were given
    bool reads_files = false;           // --input-dir or --finput was given
    std::vector<std::string> criteria, shown, sorted_by;
    bool any = false, negated = false, caseful = false, undelivered_only = false, random = false, reverse = false;
    bool sizes = false, shows_rules = false, shows_tests = false;
    Form form = Form::long_one;
    Text text = Text::none; // asked for instead of messages
};

// Long options have one dash or two and may be cut short (--rev); letters may be joined (-zi) unless that is a long option.
Result<PickWish> read_pick_wish(const std::vector<std::string>& words);

}
