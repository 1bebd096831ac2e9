// gatepost privileges: the walls that a start with this configuration would raise, one page to audit.

#include <sysexits.h>

#include "common/base/text.h"
#include "common/ipc/codec.h"
#include "common/process/calls.h"
#include "common/process/landlock.h"
#include "common/service/privileges.h"
#include "delivery/local/parameters.h"
#include "master/control/check_run.h"
#include "master/control/table.h"
#include "master/control/verb.h"
#include "router/parameters.h"

namespace gp::control {
namespace {

std::string words(std::string_view text)
{
    return text.empty() ? "-" : std::string(text);
}

std::int64_t uid_of(const service::ImageService& row)
{
    return row.uid == static_cast<uid_t>(-1) ? -1 : static_cast<std::int64_t>(row.uid);
}

Table table_of(const service::Image& image)
{
    Table table{{{"SERVICE", "service"},
                 {"PROGRAM", "program"},
                 {"PROCESSES", "processes"},
                 {"USER", "user"}, // of the package; without those all run as one
                 {"UID", "uid"},
                 {"CAPABILITIES", "capabilities"},
                 {"CHROOT", "chroot"},
                 {"READS", "reads"},
                 {"WRITES", "writes"},
                 {"CALLS", "calls"},
                 {"COUNT", "call_count"},
                 {"MEMORY", "memory_mib"},
                 {"FILES", "files"},
                 {"ASKS", "asks"}}};
    for (const auto& row : image.services()) {
        const auto* privileges = service::privileges_of(service::text_of(row.program));
        const auto asked = service::asked_by(*privileges, row.flags);
        table.add({std::string(service::text_of(row.name)), std::string(service::text_of(row.program)),
                   std::int64_t{row.processes}, std::string(privileges->user), uid_of(row),
                   std::string(privileges->keeps_set_ids ? "setuid setgid kill" : "-"),
                   !(row.flags & service::no_chroot) && privileges->sees_no_file(), words(privileges->reads),
                   words(privileges->writes), words(process::call_group_names(privileges->calls)),
                   static_cast<std::int64_t>(process::allowed_calls(privileges->calls).size()),
                   std::int64_t{row.max_memory_mib ? row.max_memory_mib : privileges->memory_mib},
                   std::int64_t{row.max_files ? row.max_files : privileges->files}, words(join({asked.begin(), asked.end()}, " "))});
    }
    return table;
}

router::Parameters router_parameters(const service::Image& image)
{
    for (const auto& block : image.blocks())
        if (service::text_of(block.name) == "params" && service::text_of(block.service) == "router")
            if (auto decoded = ipc::decode<router::Parameters>(image.octets(block)))
                return std::move(decoded).take();
    return {};
}

// What router's expansions may have launcher run, and as whom: "UID PATH".
std::vector<std::string> programs(const service::Image& image)
{
    for (const auto& block : image.blocks())
        if (service::text_of(block.name) == "params" && service::text_of(block.service) == "launcher")
            if (auto decoded = ipc::decode<launcher::Parameters>(image.octets(block)))
                return decoded->programs;
    return {};
}

std::string json_list(const std::vector<std::string>& words)
{
    std::string out = "[";
    for (const auto& word : words)
        out += (out.size() > 1 ? "," : "") + json_quoted(word);
    return out + "]";
}

// The system calls of one service by name.
int show_calls(const Invocation& call, const service::Image& image, std::string_view name)
{
    const auto* row = image.service(name);
    if (!row)
        return fail(EX_USAGE, "there is no service \"" + std::string(name) + "\"");
    const auto names = process::allowed_calls(service::privileges_of(service::text_of(row->program))->calls);
    std::string text;
    for (const auto& one : names)
        text += call.json ? (text.empty() ? "[" : ",") + json_quoted(one) : one + "\n";
    print(call.json ? text + "]\n" : text);
    return EX_OK;
}

int show(const Invocation& call)
{
    if (call.arguments.size() > 1)
        return fail(EX_USAGE, "privileges [SERVICE] [-C FILE] [--json]");
    const auto image = image_for(call);
    if (!image)
        return fail(EX_CONFIG, image.error().text);
    if (!call.arguments.empty())
        return show_calls(call, *image, call.arguments[0]);
    const auto table = table_of(*image);
    const auto router = router_parameters(*image);
    const auto abi = process::landlock_abi();
    const std::string missing = abi == 0  ? "files ports scopes"
                                : abi < 4 ? "ports scopes"
                                : abi < 6 ? "scopes"
                                          : "";
    if (call.json)
        print(json_object({{"landlock", std::to_string(abi)},
                           {"missing_on_this_kernel", json_quoted(missing)},
                           {"router_reads", json_list(router.reads)},
                           {"router_asks", json_list(router.peers)},
                           {"programs", json_list(programs(*image))},
                           {"services", table.json()}}) +
              "\n");
    else
        print("Landlock version " + std::to_string(abi) + ", missing on this kernel: " + words(missing) +
              "\n" + table.text() + "\nrouter reads what the configuration names: " +
              words(join(router.reads, " ")) +
              "\nand asks the hosts of iplookup routers: " + words(join(router.peers, ", ")) +
              "\nlauncher runs for it, as which uid: " + words(join(programs(*image), ", ")) + "\n");
    return EX_OK;
}

const RegisterVerb self{{
    .name = "privileges",
    .usage = "privileges [SERVICE] [-C FILE] [--json]",
    .text =
        "Prints the walls around each service as this configuration derives them; of one, its system calls.",
    .run = show,
}};

}
}
