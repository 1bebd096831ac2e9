// The operators' orders on messages: -Mf, -Mt, -Mrm and the like.
#include <unistd.h>

#include <array>

#include "common/base/text.h"
#include "common/process/identity.h"
#include "master/sendmail/control.h"

namespace gp::sendmail {
namespace {

struct Order {
    std::string_view word, order;
    bool has_arguments; // what follows the first id belongs to the order
    bool has_value = false; // the word behind the option is its argument, all others are ids
};

constexpr std::array orders = {
    Order{"-Mar", "add_recipient", true},        Order{"-Mes", "edit_sender", true},
    Order{"-MG", "set_queue", false, true},
    Order{"-Mf", "hold", false},                 Order{"-Mg", "give_up", false},
    Order{"-Mmad", "mark_all_delivered", false}, Order{"-Mmd", "mark_delivered", true},
    Order{"-Mrm", "remove", false},              Order{"-Mt", "release", false},
};

// Where Exim says more than there is to say, or less.
std::string words_for(std::string_view mode, const std::string& line)
{
    constexpr std::string_view begin = "Spool data file for ", end = " does not exist";
    if (mode == "-Mrm" && line.starts_with(begin) && line.ends_with(end)) {
        const auto id = line.substr(begin.size(), line.size() - begin.size() - end.size());
        return line + "\nContinuing, to ensure all files removed\nSpool read error for " + id +
               "-H: No such file or directory\nContinuing to ensure all files removed\nMessage " + id +
               " has been removed or did not exist";
    }
    if (const auto moved = line.find("has been moved to queue"); mode == "-MG" && moved != std::string::npos)
        return line.substr(0, moved);
    return escape(line, true);
}

int operate(const Options& options, const Instance& instance)
{
    const auto& known = *std::ranges::find(orders, options.mode, &Order::word);
    qmgr::Operate order{.order = std::string(known.order), .ids = options.arguments};
    if (known.has_arguments && !options.arguments.empty()) {
        order.ids.resize(1);
        order.arguments.assign(options.arguments.begin() + 1, options.arguments.end());
    }
    if (known.has_value)
        order.arguments = {options.values.at(options.mode)};
    if (auto good = check_ids(order.ids, options.mode); !good)
        return complain(good.error());
    if (const auto user = process::find_user(::getuid()))
        order.who = user->name; // counts for administrators alone
    auto reply = ask(instance, order, short_wait);
    if (!reply)
        return complain(reply.error());
    for (const auto& line : reply->lines)
        std::printf("%s\n", words_for(options.mode, line).c_str());
    return reply->failed ? 1 : 0;
}

int obey(const Options& options)
{
    return with_suite(options, operate);
}

const RegisterMode entries[] = {
    RegisterMode{{.name = "-Mar", .run = obey, .doc = "add recipients to a message"}},
    RegisterMode{{.name = "-Mes", .run = obey, .doc = "change a message's sender"}},
    RegisterMode{{.name = "-MG", .run = obey, .value = Mode::Value::follows, .doc = "move messages to a named queue"}},
    RegisterMode{{.name = "-Mf", .run = obey, .doc = "freeze messages"}},
    RegisterMode{{.name = "-Mg", .run = obey, .doc = "give up on messages: they bounce"}},
    RegisterMode{{.name = "-Mmad", .run = obey, .doc = "mark all recipients as delivered"}},
    RegisterMode{{.name = "-Mmd", .run = obey, .doc = "mark recipients as delivered"}},
    RegisterMode{{.name = "-Mrm", .run = obey, .doc = "remove messages; nobody is told"}},
    RegisterMode{{.name = "-Mt", .run = obey, .doc = "thaw messages"}},
};

}
}
