#include "router/users_wish.h"

#include "common/base/text.h"

namespace gp::router {
namespace {

using launcher::Sight;

std::string block_of(const expand::Headers& headers)
{
    std::string block;
    for (const auto& line : headers.lines()) {
        block += line.whole;
        if (!block.ends_with('\n'))
            block += '\n';
    }
    return block;
}

void take_message(const expand::Message& message, Sight& sight)
{
    sight.has_message = true;
    sight.message_id = message.id;
    sight.sender = message.sender;
    sight.return_path = message.return_path;
    sight.has_return_path = message.has_return_path;
    if (message.recipients)
        sight.recipients = *message.recipients;
    sight.recipients_are_shown = message.recipients_are_shown;
    sight.recipients_count = message.recipients_count;
    sight.received_for = message.received_for;
    sight.size = message.size;
    sight.body_size = message.body_size;
    sight.linecount = message.linecount;
    sight.body_linecount = message.body_linecount;
    sight.body_zerocount = message.body_zerocount;
    sight.max_received_linelength = message.max_received_linelength;
    sight.received_count = message.received_count;
    sight.received_time = message.received_time;
    sight.age = message.age;
    sight.body_start = message.body_start;
    sight.body_end = message.body_end;
    sight.has_headers = message.headers != nullptr;
    if (message.headers)
        sight.headers = block_of(*message.headers);
    sight.queue_name = message.queue_name;
    sight.originator_uid = message.originator_uid;
    sight.originator_gid = message.originator_gid;
    sight.smtputf8 = message.smtputf8;
    sight.is_first_delivery = message.is_first_delivery;
    sight.is_manually_thawed = message.is_manually_thawed;
    sight.is_queue_run = message.is_queue_run;
}

void take_address(const expand::Address& address, Sight& sight)
{
    sight.has_address = true;
    sight.local_part = address.local_part;
    sight.domain = address.domain;
    sight.address_is_tainted = address.is_tainted;
    sight.local_part_prefix = address.local_part_prefix;
    sight.local_part_suffix = address.local_part_suffix;
    sight.local_part_prefix_v = address.local_part_prefix_v;
    sight.local_part_suffix_v = address.local_part_suffix_v;
    sight.affix_is_tainted = address.affix_is_tainted;
    sight.original_local_part = address.original_local_part;
    sight.original_domain = address.original_domain;
    sight.parent_local_part = address.parent_local_part;
    sight.parent_domain = address.parent_domain;
    sight.home = address.home;
    sight.local_user_uid = address.local_user_uid;
    sight.local_user_gid = address.local_user_gid;
    sight.self_hostname = address.self_hostname;
    sight.router_name = address.router_name;
}

void take_facts(const expand::Scene& scene, Sight& sight)
{
    const auto take = [&](const expand::Facts& facts) {
        for (const auto& [name, value] : facts.all())
            sight.facts.push_back({.name = name, .value = value.text, .taint = std::string(value.taint)});
    };
    for (auto at = scene.more_facts.rbegin(); at != scene.more_facts.rend(); ++at)
        take(**at);
    take(scene.facts); // last, and so over the others
}

}

launcher::InterpretQuestion question_about(const Question& question, const std::string& path, std::uint64_t largest)
{
    launcher::InterpretQuestion asked;
    asked.path = path;
    asked.largest = largest;
    asked.delivers = question.delivers;
    const auto& scene = question.scene;
    if (scene.message)
        take_message(*scene.message, asked.sight);
    if (scene.address)
        take_address(*scene.address, asked.sight);
    if (scene.origin) {
        asked.sight.has_origin = true;
        asked.sight.origin = *scene.origin;
    }
    if (scene.acl_variables)
        asked.sight.acl_variables = *scene.acl_variables;
    take_facts(scene, asked.sight);
    asked.sight.sieve_body = replace_all(std::string(question.body_start), "\r\n", "\n");
    return asked;
}

Result<launcher::InterpretReply> answer_of(Result<launcher::InterpretReply> reply)
{
    if (!reply || reply->is_good)
        return reply;
    return reply->is_permanent && !reply->is_changed ? permanent(reply->error) : temporary(reply->error);
}

}
