#include "common/smtp/extension.h"

#include <algorithm>

#include "common/base/number.h"
#include "common/base/text.h"

namespace gp::smtp {

bool Extensions::offers_auth(std::string_view mechanism) const
{
    return std::ranges::any_of(auth, [&](const std::string& name) { return same_nocase(name, mechanism); });
}

std::vector<std::string> extension_lines(const Extensions& offered)
{
    std::vector<std::string> lines;
    const auto add = [&](bool is_offered, std::string_view line) {
        if (is_offered)
            lines.emplace_back(line);
    };
    if (offered.size)
        lines.push_back(*offered.size == 0 ? "SIZE" : "SIZE " + std::to_string(*offered.size));
    if (offered.limit_mail || offered.limit_rcpt) {
        std::string limits = "LIMITS";
        if (offered.limit_mail)
            limits += " MAILMAX=" + std::to_string(offered.limit_mail);
        if (offered.limit_rcpt)
            limits += " RCPTMAX=" + std::to_string(offered.limit_rcpt);
        lines.push_back(std::move(limits));
    }
    add(offered.eight_bit_mime, "8BITMIME");
    add(offered.dsn, "DSN");
    add(offered.etrn, "ETRN");
    add(offered.atrn, "ATRN");
    add(offered.vrfy, "VRFY");
    add(offered.expn, "EXPN");
    add(offered.pipelining, "PIPELINING");
    add(offered.early_pipe, "PIPECONNECT");
    if (!offered.auth.empty())
        lines.push_back("AUTH " + join(offered.auth, " "));
    add(offered.chunking, "CHUNKING");
    add(offered.starttls, "STARTTLS");
    add(offered.prdr, "PRDR");
    add(offered.smtputf8, "SMTPUTF8");
    add(offered.requiretls, "REQUIRETLS");
    add(offered.xclient, "XCLIENT ADDR NAME PORT LOGIN DESTADDR DESTPORT");
    add(offered.wellknown, "WELLKNOWN");
    add(offered.xforward, "XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE");
    add(offered.enhanced_status_codes, "ENHANCEDSTATUSCODES");
    add(offered.help, "HELP");
    return lines;
}

namespace {

constexpr std::size_t max_mechanisms = 64;

void read_auth(Extensions& found, std::string_view mechanisms)
{
    for (auto name : split(mechanisms, ' '))
        if (!trim(name).empty() && found.auth.size() < max_mechanisms)
            found.auth.emplace_back(trim(name));
}

void read_limits(Extensions& found, std::string_view limits)
{
    for (auto limit : split(limits, ' ')) {
        const auto equals = limit.find('=');
        const auto number = parse_unsigned(limit.substr(equals == std::string_view::npos ? 0 : equals + 1));
        if (equals == std::string_view::npos || !number || *number == 0 || *number > 0xffffffff)
            continue;
        if (same_nocase(limit.substr(0, equals), "MAILMAX"))
            found.limit_mail = static_cast<std::uint32_t>(*number);
        if (same_nocase(limit.substr(0, equals), "RCPTMAX"))
            found.limit_rcpt = static_cast<std::uint32_t>(*number);
    }
}

struct Flag {
    std::string_view keyword;
    bool Extensions::*member;
};

constexpr std::array flags = {
    Flag{"8BITMIME", &Extensions::eight_bit_mime},
    Flag{"PIPELINING", &Extensions::pipelining},
    Flag{"PIPECONNECT", &Extensions::early_pipe},
    Flag{"PIPE_CONNECT", &Extensions::early_pipe},   // Exim 4.93 called it so,
    Flag{"X_PIPE_CONNECT", &Extensions::early_pipe}, // and its trials before
    Flag{"CHUNKING", &Extensions::chunking},
    Flag{"DSN", &Extensions::dsn},
    Flag{"SMTPUTF8", &Extensions::smtputf8},
    Flag{"STARTTLS", &Extensions::starttls},
    Flag{"REQUIRETLS", &Extensions::requiretls},
    Flag{"ENHANCEDSTATUSCODES", &Extensions::enhanced_status_codes},
    Flag{"PRDR", &Extensions::prdr},
    Flag{"VRFY", &Extensions::vrfy},
    Flag{"EXPN", &Extensions::expn},
    Flag{"ETRN", &Extensions::etrn},
    Flag{"ATRN", &Extensions::atrn},
    Flag{"HELP", &Extensions::help},
};

}

Extensions parse_extensions(const std::vector<std::string>& lines)
{
    Extensions found;
    found.esmtp = true;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const auto line = trim(lines[i]);
        const auto blank = line.find_first_of(" \t=");
        const auto keyword = line.substr(0, blank);
        const auto rest = blank == std::string_view::npos ? std::string_view{} : trim(line.substr(blank + 1));
        if (same_nocase(keyword, "SIZE"))
            found.size = parse_unsigned(rest).value_or(0);
        else if (same_nocase(keyword, "AUTH"))
            read_auth(found, rest);
        else if (same_nocase(keyword, "LIMITS"))
            read_limits(found, rest);
        else
            for (const auto& flag : flags)
                if (same_nocase(keyword, flag.keyword))
                    found.*flag.member = true;
    }
    return found;
}

}
