// -bp and its forms, mailq: the queue as Exim prints it (manual 5.3).
#include <algorithm>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/mail/address.h"
#include "common/spool/exim_export.h"
#include "master/sendmail/control.h"

namespace gp::sendmail {
namespace {

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

// One message. `now` is in seconds.
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
    // Manual 5.3, -bpa: what aliases made. A recipient's own delivery stands above.
    for (const auto& child : options.all_recipients ? message.done_children : std::vector<std::string>{}) {
        const auto name = spool::exim_child_name(child);
        if (std::ranges::none_of(message.recipients, [&](const auto& one) { return mail::same_address(one.address, name); }))
            out += "       +D " + escape(name, true) + "\n";
    }
    return out + "\n";
}

int print_queue(const Options& options, const Instance& instance)
{
    const auto now = SystemClock{}.seconds();
    qmgr::List question{.brief = options.ids_only, .one_queue = true, .queue = options.queue_name};
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

int list(const Options& options)
{
    auto wanted = options;
    for (const char letter : options.mode.substr(3)) {
        wanted.all_recipients |= letter == 'a';
        wanted.undelivered_only |= letter == 'u';
        wanted.ids_only |= letter == 'i';
    }
    return with_suite(wanted, print_queue);
}

const RegisterMode entries[] = {
    RegisterMode{{.name = "-bp", .run = list, .doc = "list the queue"}},
    RegisterMode{{.name = "-bpa", .run = list, .doc = "list the queue with addresses that aliases made"}},
    RegisterMode{{.name = "-bpi", .run = list, .doc = "list the ids of the queue"}},
    RegisterMode{{.name = "-bpr", .run = list, .doc = "-bp: the order costs nothing here"}},
    RegisterMode{{.name = "-bpra", .run = list, .doc = "-bpr and -bpa"}},
    RegisterMode{{.name = "-bpri", .run = list, .doc = "-bpr and -bpi"}},
    RegisterMode{{.name = "-bpru", .run = list, .doc = "-bpr and -bpu"}},
    RegisterMode{{.name = "-bpu", .run = list, .doc = "list the queue without what is delivered"}},
};
}
}
