// exim_checkaccess: would this address be accepted from that host? (manual 54.8) A packaged form of -bh.
#include <algorithm>
#include <cstdio>

#include "common/base/text.h"
#include "utilities/front_end.h"
#include "utilities/tool.h"

namespace gp::utilities {
namespace {

constexpr const char* usage_text = "usage: exim_checkaccess [-C FILE] IP-ADDRESS EMAIL-ADDRESS [EXIM OPTIONS]\n"
                                   "    -f SENDER among the options is the sender of the test; without it, <>\n";

struct Wish {
    std::vector<std::string> options;
    std::string host, address, sender;
};

bool is_wish(std::vector<std::string> words, Wish& wish)
{
    if (words.size() > 1 && words[0] == "-C") {
        wish.options = {words[0], words[1]};
        words.erase(words.begin(), words.begin() + 2);
    }
    if (words.size() < 2 || words[0].starts_with('-'))
        return false;
    wish.host = words[0];
    wish.address = words[1];
    for (std::size_t i = 2; i < words.size(); ++i)
        if (words[i] == "-f" && i + 1 < words.size())
            wish.sender = words[++i];
        else
            wish.options.push_back(words[i]);
    return std::ranges::none_of(wish.address + wish.sender, [](char c) { return c == '\n' || c == '\r'; });
}

// The reply to RCPT is the one before that to QUIT; an earlier refusal ends the test.
std::vector<std::string> replies_in(std::string_view text)
{
    std::vector<std::string> replies;
    bool goes_on = false; // the last one has another line
    for (auto line : split(text, '\n')) {
        line = trim(line);
        const bool is_reply = line.size() >= 4 && is_digit(line[0]) && is_digit(line[1]) && is_digit(line[2]) &&
                              (line[3] == ' ' || line[3] == '-');
        if (!is_reply)
            continue;
        if (goes_on)
            replies.back() += "\n" + std::string(line);
        else
            replies.emplace_back(line);
        goes_on = line[3] == '-';
    }
    return replies;
}

int run(const Call& call)
{
    Wish wish;
    if (!is_wish(call.arguments, wish)) {
        std::fputs(usage_text, stderr);
        return 1;
    }
    auto words = wish.options;
    words.insert(words.end(), {"-bh", wish.host});
    const auto talk = "HELO [" + wish.host + "]\r\nMAIL FROM:<" + wish.sender + ">\r\nRCPT TO:<" + wish.address +
                      ">\r\nQUIT\r\n";
    const auto text = answer_of(mail_command(call.directory), words, talk);
    if (!text)
        return fail("exim_checkaccess", 1, text.error().text);
    const auto replies = replies_in(*text);
    if (replies.empty())
        return fail("exim_checkaccess", 1, "the mail command answered nothing");
    constexpr std::size_t of_rcpt = 3; // behind the greeting, HELO and MAIL
    for (std::size_t i = 0; i < replies.size() && i <= of_rcpt; ++i)
        if (replies[i][0] != '2') {
            std::printf("Rejected:\n%s\n", replies[i].c_str());
            return 2;
        }
    std::printf("Accepted\n");
    return 0;
}

const RegisterTool self{Tool{.name = "exim_checkaccess", .text = "would an address be accepted from a host?", .run = run}};

}

}
