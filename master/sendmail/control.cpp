#include "master/sendmail/control.h"

#include <sysexits.h>

#include <cstdio>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/event/loop.h"

namespace gp::sendmail {
namespace {

constexpr Duration short_wait{60'000};
constexpr Duration long_wait{24 * 3600 * 1000};

// Asks on a fiber of a loop of its own.
template <class Message>
Result<typename Message::Reply> ask(const Instance& instance, const Message& message, Duration patience)
{
    auto socket = TRY(connect_to(instance.run("control")));
    Result<typename Message::Reply> reply = temporary("no answer");
    event::Loop loop;
    TRY(loop.spawn("ask", [&] {
        auto channel = ipc::Channel::open(std::move(socket), "qmgr", nullptr);
        reply = channel->call(message, event::Deadline::in(patience));
    }));
    loop.run_until_idle();
    return reply;
}

int complain(const Error& error)
{
    std::fprintf(stderr, "exim: %s\n", escape(error.text, true).c_str());
    return error.blame == Blame::permanent ? 1 : EX_TEMPFAIL;
}

std::string age(std::int64_t seconds)
{
    std::int64_t minutes = std::max<std::int64_t>(0, seconds) / 60;
    char unit = 'm';
    if (minutes > 90) {
        minutes = (minutes + 30) / 60;
        unit = 'h';
        if (minutes > 72) {
            minutes /= 24;
            unit = 'd';
        }
    }
    char text[32];
    std::snprintf(text, sizeof text, "%2lld%c", static_cast<long long>(minutes), unit);
    return text;
}

// Five columns, as Exim prints sizes: " 345", "2.9K", " 12K", "1.5M".
std::string size_text(std::uint64_t size)
{
    char text[32];
    if (size == 0)
        return "     ";
    if (size < 1024)
        std::snprintf(text, sizeof text, "%5llu", static_cast<unsigned long long>(size));
    else if (size < 10 * 1024)
        std::snprintf(text, sizeof text, "%4.1fK", static_cast<double>(size) / 1024.0);
    else if (size < 1024 * 1024)
        std::snprintf(text, sizeof text, "%4lluK", static_cast<unsigned long long>((size + 512) / 1024));
    else if (size < 10 * 1024 * 1024)
        std::snprintf(text, sizeof text, "%4.1fM", static_cast<double>(size) / (1024.0 * 1024.0));
    else
        std::snprintf(text, sizeof text, "%4lluM", static_cast<unsigned long long>((size + 512 * 1024) / (1024 * 1024)));
    return text;
}

}

std::string listed(const qmgr::Listed& message, const Options& options, std::int64_t now)
{
    if (options.ids_only)
        return message.id + "\n";
    std::string out = age(now - message.received / 1'000'000) + " " + size_text(message.size) + " " + message.id + " <" +
                      escape(message.sender, true) + ">";
    if (!message.login.empty())
        out += " (" + escape(message.login) + ")";
    if (message.frozen)
        out += " *** frozen ***";
    out += "\n";
    for (const auto& recipient : message.recipients)
        if (!recipient.done || !options.undelivered_only)
            out += std::string("        ") + (recipient.done ? "D " : "  ") + escape(recipient.address, true) + "\n";
    return out + "\n";
}

int list_queue(const Options& options, const Instance& instance)
{
    const auto now = SystemClock{}.seconds();
    qmgr::List question{.brief = options.ids_only};
    for (;;) {
        auto page = ask(instance, question, short_wait);
        if (!page)
            return complain(page.error());
        std::string out;
        for (const auto& message : page->messages)
            if (options.arguments.empty() || std::ranges::count(options.arguments, message.id))
                out += listed(message, options, now);
        std::fwrite(out.data(), 1, out.size(), stdout);
        if (!page->more || page->messages.empty())
            return 0;
        question.after = page->messages.back().id;
    }
}

int count_queue(const Instance& instance)
{
    auto status = ask(instance, qmgr::Status{}, short_wait);
    if (!status)
        return complain(status.error());
    std::printf("%llu\n", static_cast<unsigned long long>(status->messages));
    return 0;
}

int run_queue(const Options& options, const Instance& instance)
{
    qmgr::Run run{.force = options.force, .thaw = options.thaw, .wait = true};
    run.sender_match = options.sender_match;
    run.recipient_match = options.recipient_match;
    // Words behind -M are messages; behind -q they bound the run (manual 5.3).
    if (options.thaw && !options.arguments.empty())
        run.ids = options.arguments;
    else if (!options.arguments.empty()) {
        run.start_id = options.arguments[0];
        run.end_id = options.arguments.size() > 1 ? options.arguments[1] : std::string{};
    }
    auto reply = ask(instance, run, long_wait);
    return reply ? 0 : complain(reply.error());
}

int operate(const Options& options, const Instance& instance)
{
    if (options.arguments.empty()) {
        std::fputs("exim: no message id given\n", stderr);
        return 1;
    }
    if (options.order == "headers" || options.order == "body" || options.order == "copy") {
        auto shown = ask(instance, qmgr::Show{.id = options.arguments[0], .content = true}, short_wait);
        if (!shown)
            return complain(shown.error());
        std::string text = options.order == "body" ? std::string{} : shown->headers;
        if (options.order == "copy")
            text += "\r\n";
        if (options.order != "headers")
            text += shown->body;
        text = replace_all(std::move(text), "\r\n", "\n");
        std::fwrite(text.data(), 1, text.size(), stdout);
        return 0;
    }
    qmgr::Operate order{.order = options.order, .ids = options.arguments};
    const bool with_arguments = options.order == "add_recipient" || options.order == "mark_delivered" ||
                                options.order == "edit_sender";
    if (with_arguments) {
        order.ids.resize(1);
        order.arguments.assign(options.arguments.begin() + 1, options.arguments.end());
    }
    auto reply = ask(instance, order, short_wait);
    if (!reply)
        return complain(reply.error());
    for (const auto& line : reply->lines)
        std::printf("%s\n", escape(line, true).c_str());
    return reply->failed ? 1 : 0;
}

void wait_until_tried(const Instance& instance, const std::string& id)
{
    auto waited = ask(instance, qmgr::Run{.wait = true, .ids = {id}}, long_wait);
    if (!waited)
        std::fprintf(stderr, "sendmail: %s is accepted and will be delivered in the background: %s\n", id.c_str(),
                     escape(waited.error().text).c_str());
}

}
