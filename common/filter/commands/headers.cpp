// headers charset NAME: what $h_ is translated to. headers add TEXT, headers remove NAMES: system filters.

#include "common/base/text.h"
#include "common/filter/command.h"
#include "common/filter/parser.h"
#include "common/filter/run.h"

namespace gp::filter {
namespace {

class Edit final : public Step {
public:
    Edit(bool remove, std::string text) : remove_(remove), text_(std::move(text)) {}
    Result<Flow> obey(Run& run) const override
    {
        const auto words = run.expand(text_, "headers command");
        if (!words && words.error().cause == Cause::forced_fail)
            return Flow::on; // manual 47.6: no effect
        auto text = TRY(Result<Text>(words)).text;
        std::string_view trimmed = trim_left(text);
        while (trimmed.ends_with('\n'))
            trimmed.remove_suffix(1);
        run.print(std::string(remove_ ? "Headers remove \"" : "Headers add \"") + shown(trimmed) + "\"");
        if (!trimmed.empty())
            run.edit_headers({remove_, remove_ ? std::string(trimmed) : std::string(trimmed) + "\n"});
        return Flow::on;
    }

private:
    const bool remove_;
    const std::string text_;
};

class Charset final : public Step {
public:
    explicit Charset(std::string name) : name_(std::move(name)) {}
    Result<Flow> obey(Run& run) const override
    {
        run.print("Headers charset \"" + shown(name_) + "\"");
        run.scene().charset = name_;
        return Flow::on;
    }

private:
    const std::string name_;
};

Result<std::unique_ptr<Step>> parse(Parser& parser, const Prefix&)
{
    const auto word = TRY(parser.reader().word(false));
    if (word.empty())
        return parser.reader().near("\"headers\" requires an argument");
    if (word != "charset" && !parser.rules().is_system)
        return parser.reader().near("header addition and removal is available only in system filters:");
    if (word != "charset" && word != "add" && word != "remove")
        return parser.reader().near("\"add\", \"remove\", or \"charset\" expected");
    auto text = TRY(parser.reader().item(false));
    if (text.empty())
        return parser.reader().near("value missing after \"add\", \"remove\", or \"charset\"");
    if (word == "charset")
        return std::unique_ptr<Step>(std::make_unique<Charset>(std::move(text)));
    return std::unique_ptr<Step>(std::make_unique<Edit>(word == "remove", std::move(text)));
}

const RegisterCommand self{{.name = "headers", .takes_prefix = false, .parse = parse, .doc = "Adds, removes and reads header lines."}};

}
}
