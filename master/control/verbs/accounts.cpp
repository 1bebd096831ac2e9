// gatepost accounts: who sends how much, and who was slowed or held for it; one command releases an account with its
// frozen messages, or deletes them.

#include <sysexits.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/process/identity.h"
#include "master/control/queue/source.h"
#include "master/control/table.h"
#include "master/control/verb.h"

namespace gp::control {
namespace {

Table table_of(const std::vector<qmgr::AccountListed>& accounts)
{
    Table table{{{"ACCOUNT", "account"},
                 {"STATE", "state"},
                 {"MESSAGES", "messages"},
                 {"DELIVERED", "delivered"},
                 {"DEFERRED", "deferred"},
                 {"FAILED", "failed"},
                 {"HOUR", "last_hour"},
                 {"USUAL", "usual_hour"},
                 {"WHY", "why"}}};
    for (const auto& one : accounts)
        table.add({escape(one.name, true), one.state, static_cast<std::int64_t>(one.messages),
                   static_cast<std::int64_t>(one.delivered), static_cast<std::int64_t>(one.deferred),
                   static_cast<std::int64_t>(one.failed), static_cast<std::int64_t>(one.hour),
                   static_cast<std::int64_t>(one.usual), escape(one.why, true)});
    return table;
}

int accounts(const Invocation& call)
{
    qmgr::AskAccounts question;
    const auto& words = call.arguments;
    if (words.size() == 2 && (words[0] == "release" || words[0] == "delete" || words[0] == "hold"))
        question.order = words[0], question.account = words[1];
    else if (!words.empty() && !(words.size() == 1 && words[0] == "list"))
        return fail(EX_USAGE, "accounts [list] | release NAME | delete NAME | hold NAME, where NAME is as listed: login:ann");
    if (const auto user = process::find_user(::getuid()))
        question.who = user->name;
    auto queue = find_queue(call);
    const auto reply = queue ? (*queue)->accounts(question) : Result<qmgr::AccountsReply>(queue.error());
    if (!reply)
        return fail(reply.error().blame == Blame::temporary ? EX_TEMPFAIL : EX_UNAVAILABLE, reply.error().text);
    if (!question.order.empty()) {
        for (const auto& line : reply->lines)
            print(escape(line, true) + "\n");
        return EX_OK;
    }
    const auto table = table_of(reply->accounts);
    return print(call.json ? table.json() + "\n" : table.text()) ? EX_OK : EX_IOERR;
}

const RegisterVerb self{{
    .name = "accounts",
    .usage = "accounts [list | release NAME | delete NAME | hold NAME] [--json]",
    .text = "Who sends how much: logins, users, directories, clients, domains; releases or holds one, or deletes its frozen mail.",
    .run = accounts,
}};

}
}
