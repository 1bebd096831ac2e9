// message_log FORM ID: the lines about a message in the main log and the files that it was rotated into, as Exim's log of the
// message alone has them (manual 53.16). What sendmail -Mvl runs; FORM is log_file_path's path with %s in it.
#include <cstdio>

#include "common/base/text.h"
#include "common/mainlog/line.h"
#include "common/mainlog/log_file.h"
#include "common/mainlog/rotated.h"
#include "utilities/tool.h"

namespace gp::utilities {
namespace {

// Whom a delivery line is about: a local part that stands before its own address says nothing more.
std::string address_of(std::string_view text)
{
    const auto word = mainlog::first_word(text);
    auto behind = text.substr(word.size());
    behind = behind.substr(0, std::min(mainlog::field_place(behind, "R="), mainlog::field_place(behind, "T=")));
    const auto whole = trim(behind);
    if (whole.starts_with("<" + std::string(word) + "@") && whole.ends_with('>'))
        return std::string(whole.substr(1, whole.size() - 2));
    return std::string(word) + (whole.empty() ? "" : " ") + std::string(whole);
}

// As Exim writes it into the log of a message: no flags, and of what was carried the address and its transport.
std::string as_message_log(const mainlog::Line& line)
{
    const auto text = trim_left(line.text);
    switch (line.flag) {
    case mainlog::Flag::received:
        return "Received from " + std::string(trim(text));
    case mainlog::Flag::delivered:
    case mainlog::Flag::further:
        if (const auto transport = mainlog::field(text, "T="))
            return address_of(text) + ": " + std::string(*transport) + " transport succeeded";
        break;
    case mainlog::Flag::deferred:
    case mainlog::Flag::failed:
        return std::string(text);
    default:
        break;
    }
    const auto behind = static_cast<std::size_t>(line.id.data() - line.from_stamp.data()) + line.id.size();
    return std::string(trim(line.from_stamp.substr(behind)));
}

Result<std::size_t> print_lines(const std::string& path, const std::string& id)
{
    auto file = TRY(mainlog::LogFile::open(path));
    std::size_t count = 0;
    std::string_view text;
    while (file.next(text)) {
        const auto line = mainlog::parse_line(text);
        if (!line || line->id != id)
            continue;
        ++count;
        std::printf("%.*s %s\n", static_cast<int>(line->stamp.size()), line->stamp.data(), as_message_log(*line).c_str());
    }
    TRY(file.finish());
    return count;
}

int run(const Call& call)
{
    if (call.arguments.size() != 2)
        return std::fputs("usage: message_log LOG-FILE-PATH MESSAGE-ID\n", stderr), 1;
    const auto& id = call.arguments[1];
    const auto files = mainlog::rotated_files(call.arguments[0], "main");
    if (!files)
        return fail("exim", 1, files.error().text);
    std::size_t count = 0;
    for (const auto& path : *files) {
        const auto printed = print_lines(path, id);
        if (!printed)
            return fail("exim", 1, printed.error().text);
        count += *printed;
    }
    if (count == 0) // in Exim's words
        std::printf("Failed to open msglog file for %s: No such file or directory\n", escape(id).c_str());
    return count > 0 ? 0 : 1;
}

const RegisterTool self{Tool{.name = "message_log", .text = "the lines of the main log about one message", .run = run}};

}

}
