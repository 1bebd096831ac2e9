#include "router/etrn.h"

#include "common/base/text.h"
#include "common/config/command_line.h"
#include "common/event/loop.h"
#include "common/log/log.h"
#include "router/message_scene.h"

namespace gp::router {
namespace {

constexpr std::chrono::seconds patience{30};

StartEtrnReply trouble(std::string why)
{
    return {.code = 458, .text = "Internal failure", .log_text = std::move(why)};
}

// Each word is expanded by itself, so that what a client says stays one word (as in pipe, manual 29.3).
Result<std::vector<std::string>> command_words(const World& world, expand::Scene& scene, const std::string& command)
{
    auto words = TRY(config::split_command(command, config::Braces::together));
    for (auto& word : words)
        word = TRY(TRY(world.ground().language.parse(word)).expand(scene)).text;
    if (words.empty() || !words.front().starts_with('/'))
        return misconfigured("smtp_etrn_command names no program");
    return words;
}

}

Result<bool> LinkedEtrnOffice::run_queue(const std::string& key, const std::string& recipient)
{
    return TRY(qmgr_.call(BeginEtrn{.key = key, .recipient = recipient}, event::Deadline::in(patience))).is_begun;
}

// The client does not wait for the command.
Result<bool> LinkedEtrnOffice::run_command(const std::string& key, std::vector<std::string> words)
{
    if (!TRY(qmgr_.call(BeginEtrn{.key = key, .recipient = {}}, event::Deadline::in(patience))).is_begun)
        return false;
    auto spawned = event::Loop::current().spawn("etrn command", [this, key, words = std::move(words)] {
        const auto ran = programs_.run({.uid = uid_, .gid = gid_, .words = words, .directory = {}, .timeout = timeout_, .is_expansion = true});
        if (!ran || !ran->started)
            log::panic("smtp_etrn_command could not be run: " + (ran ? "execve gave errno " + std::to_string(ran->code) : ran.error().text));
        (void)qmgr_.send(EndEtrn{key}); // a qmgr that is gone has forgotten it
    });
    if (spawned)
        return true;
    (void)qmgr_.send(EndEtrn{key});
    return spawned.error();
}

StartEtrnReply start_etrn(const World& world, const StartEtrn& question, EtrnOffice* office)
{
    const auto& main = world.configuration().main.all;
    const bool has_command = main.is_set("smtp_etrn_command");
    std::vector<std::string> words;
    if (has_command) {
        MessageScene message{world, question.origin, question.state.variables, {}};
        auto& scene = message.scene();
        scene.facts.set("domain", Text::from(question.argument, "ETRN"));
        auto made = command_words(world, scene, main.expandable("smtp_etrn_command").text);
        if (!made)
            return trouble("failed to expand smtp_etrn_command: " + made.error().text);
        words = std::move(*made);
    } else if (!question.argument.starts_with('#') || question.argument.size() < 2) {
        return {.code = 501, .text = "argument must begin with #", .log_text = {}};
    }
    const std::string key = main.flag("smtp_etrn_serialize") ? question.argument : std::string{};
    if (!office)
        return {.code = 250, .text = "OK", .log_text = {}};
    const auto begun = has_command ? office->run_command(key, std::move(words)) : office->run_queue(key, question.argument.substr(1));
    if (!begun)
        return trouble(begun.error().text);
    if (!*begun)
        return {.code = 458, .text = "Already processing " + escape(question.argument, true), .log_text = {}};
    return {.code = 250, .text = "OK", .log_text = {}};
}

}
