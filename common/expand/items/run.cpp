// ${run{command arguments}{yes}{no}}: a program's output. The program runs where the scene's Runner runs it;
// where there is none the item is refused.

#include "common/base/text.h"
#include "common/expand/command.h"
#include "common/expand/detail/branching.h"
#include "common/expand/item.h"
#include "common/expand/parser.h"
#include "common/lookup/file_check.h"

namespace gp::expand {
namespace {

constexpr std::string_view where = "${run} expansion";

class Run final : public Node {
public:
    Run(Command command, std::unique_ptr<Sequence> whole, Branches branches)
        : command_(std::move(command)), whole_(std::move(whole)), branches_(std::move(branches))
    {
    }

    Status evaluate(Scene& scene, Text& out) const override
    {
        if (scene.is_forbidden("run"))
            return misconfigured("running a command is not permitted");
        if (!scene.world.effects.runner)
            return misconfigured("running a command (${run) is not possible here");
        std::vector<std::string> arguments;
        for (auto& argument : TRY(this->arguments(scene)))
            arguments.push_back(std::move(argument.text));
        RunResult result{.code = 127, .output = {}}; // of no command at all
        if (!arguments.empty())
            result = TRY(scene.world.effects.runner->run(arguments));
        scene.kept->runrc = result.code;
        // What it wrote stays in $value afterwards (manual 11.5).
        scene.value = Text::clean(std::move(result.output));
        return branches_.take(scene, result.code == 0, scene.value, out);
    }

private:
    // Split before expansion, a stranger's words are one argument at most; but never the program.
    Result<std::vector<Text>> arguments(Scene& scene) const
    {
        if (!whole_) {
            auto out = TRY(command_.expand(scene));
            if (!out.empty())
                TRY(lookup::check_clean(out.front(), "command name for ${run"));
            return out;
        }
        const auto text = TRY(whole_->text(scene));
        TRY(lookup::check_clean(text, "command for ${run,preexpand"));
        std::vector<Text> out;
        for (auto& word : split_command(text.text))
            out.push_back(Text::clean(std::move(word)));
        return out;
    }

    Command command_;
    std::unique_ptr<Sequence> whole_; // preexpand
    Branches branches_;
};

Result<NodePtr> parse(Parser& parser)
{
    bool is_expanded_first = false;
    while (parser.take(',')) {
        const auto option = parser.name("_");
        if (option != "preexpand") {
            if (option.starts_with("pre"))
                parser.hint("did you mean ${run,preexpand?");
            return parser.fail("bad option '" + option + "' for run");
        }
        is_expanded_first = true;
    }
    parser.skip_space();
    if (!parser.take('{'))
        return parser.fail("missing '{' for command arg of run");
    const auto from = parser.place();
    const auto unknown = parser.unknown_count();
    auto whole = parser.inside_braces();
    const auto raw = parser.since(from);
    if (!whole && !parser.at_end()) // what is wrong inside
        return whole.error();
    if (!whole || !parser.take('}'))
        return parser.fail("missing '}' closing command arg of run");
    Command command;
    if (!is_expanded_first) {
        parser.forget_unknown(unknown); // its arguments are texts of their own
        whole->reset();
        command = TRY(Command::parse(parser.language(), raw, where));
    }
    auto branches = TRY(parser.branches("run"));
    return NodePtr(std::make_unique<Run>(std::move(command), std::move(*whole), std::move(branches)));
}

const RegisterItem self{{
    .name = "run",
    .parse = parse,
    .doc = "Runs a program and uses what it writes.",
}};

}
}
