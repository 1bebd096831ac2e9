// What the configuration and the machine fix: $primary_hostname, $spool_directory, $exim_uid, $pid …

#include <cstdlib>
#include <unistd.h>

#include "common/expand/detail/values.h"
#include "common/log/log.h"

namespace gp::expand {
namespace {

Got config_dir(Scene& scene, std::string_view)
{
    const auto& file = scene.site().config_file;
    const auto slash = file.rfind('/');
    if (slash == std::string::npos)
        return clean(scene.site().initial_cwd + "/");
    return clean(file.substr(0, slash));
}

Got load_average(Scene&, std::string_view)
{
    double load = 0;
    if (::getloadavg(&load, 1) != 1)
        return clean("0");
    if (log::debugging("load"))
        log::debug("load", "system load average = " + std::to_string(static_cast<std::int64_t>(load * 1000)));
    return clean(static_cast<std::int64_t>(load * 1000));
}

Got queue_size(Scene& scene, std::string_view)
{
    const auto size = scene.world.effects.queue ? scene.world.effects.queue->size() : std::nullopt;
    return clean(size ? std::to_string(*size) : std::string());
}

Files::Room room_of(Scene& scene, const std::string& directory)
{
    if (!scene.world.effects.files || directory.empty())
        return {};
    return scene.world.effects.files->room(directory);
}

std::string_view active_hostname(const Scene& scene)
{
    if (const auto* of_session = scene.facts.find("smtp_active_hostname"))
        return of_session->text;
    const auto& site = scene.site();
    return site.smtp_active_hostname.empty() ? site.primary_hostname : site.smtp_active_hostname;
}

std::string_view qualify_recipient(const Scene& scene)
{
    const auto& site = scene.site();
    return site.qualify_recipient.empty() ? site.qualify_domain : site.qualify_recipient;
}

// clang-format off
const RegisterVariable variables[] = {
    RegisterVariable{{.name = "primary_hostname", .get = [](Scene& scene, std::string_view) { return clean(scene.site().primary_hostname); }, .doc = "This host's name."}},
    RegisterVariable{{.name = "qualify_domain", .get = [](Scene& scene, std::string_view) { return clean(scene.site().qualify_domain); }, .doc = "The domain of bare senders."}},
    RegisterVariable{{.name = "qualify_recipient", .get = [](Scene& scene, std::string_view) { return clean(qualify_recipient(scene)); }, .doc = "The domain of bare recipients."}},
    RegisterVariable{{.name = "smtp_active_hostname", .get = [](Scene& scene, std::string_view) { return clean(active_hostname(scene)); }, .doc = "What we call ourselves in this session."}},
    RegisterVariable{{.name = "spool_directory", .get = [](Scene& scene, std::string_view) { return clean(scene.site().spool_directory); }, .doc = "Where the spool is."}},
    RegisterVariable{{.name = "config_file", .get = [](Scene& scene, std::string_view) { return clean(scene.site().config_file); }, .doc = "The configuration file."}},
    RegisterVariable{{.name = "config_dir", .get = config_dir, .doc = "The directory of the configuration file."}},
    RegisterVariable{{.name = "exim_path", .get = [](Scene& scene, std::string_view) { return clean(scene.site().exim_path); }, .doc = "The command-line program."}},
    RegisterVariable{{.name = "exim_version", .get = [](Scene& scene, std::string_view) { return clean(scene.site().exim_version); }, .doc = "The version that we are compatible with."}},
    RegisterVariable{{.name = "version_number", .get = [](Scene& scene, std::string_view) { return clean(scene.site().exim_version); }, .doc = "As exim_version."}},
    RegisterVariable{{.name = "compile_number", .get = [](Scene& scene, std::string_view) { return clean(static_cast<std::int64_t>(scene.site().compile_number)); }, .doc = "Of this build."}},
    RegisterVariable{{.name = "exim_uid", .get = [](Scene& scene, std::string_view) { return clean(std::int64_t{scene.site().exim_uid}); }, .doc = "The uid of exim_user."}},
    RegisterVariable{{.name = "exim_gid", .get = [](Scene& scene, std::string_view) { return clean(std::int64_t{scene.site().exim_gid}); }, .doc = "The gid of exim_group."}},
    RegisterVariable{{.name = "caller_uid", .get = [](Scene& scene, std::string_view) { return clean(std::int64_t{scene.site().caller_uid}); }, .doc = "Who called this program."}},
    RegisterVariable{{.name = "caller_gid", .get = [](Scene& scene, std::string_view) { return clean(std::int64_t{scene.site().caller_gid}); }, .doc = "With which group."}},
    RegisterVariable{{.name = "initial_cwd", .get = [](Scene& scene, std::string_view) { return clean(scene.site().initial_cwd); }, .doc = "Where this program was started."}},
    RegisterVariable{{.name = "localhost_number", .get = [](Scene& scene, std::string_view) { return clean(scene.site().localhost_number.empty() ? "0" : scene.site().localhost_number); }, .doc = "The localhost_number option."}},
    RegisterVariable{{.name = "bounce_return_size_limit", .get = [](Scene& scene, std::string_view) { return clean(scene.site().bounce_return_size_limit); }, .doc = "The option of that name."}},
    RegisterVariable{{.name = "return_size_limit", .get = [](Scene& scene, std::string_view) { return clean(scene.site().bounce_return_size_limit); }, .doc = "An old name of bounce_return_size_limit."}},
    RegisterVariable{{.name = "pid", .get = [](Scene&, std::string_view) { return clean(std::int64_t{::getpid()}); }, .doc = "Of this process."}},
    RegisterVariable{{.name = "load_average", .get = load_average, .doc = "Of the last minute, times 1000."}},
    RegisterVariable{{.name = "spool_space", .get = [](Scene& scene, std::string_view) { return clean(room_of(scene, scene.site().spool_directory).kilobytes); }, .doc = "Free kilobytes on the spool's disk."}},
    RegisterVariable{{.name = "spool_inodes", .get = [](Scene& scene, std::string_view) { return clean(room_of(scene, scene.site().spool_directory).inodes); }, .doc = "Free inodes on the spool's disk."}},
    RegisterVariable{{.name = "log_space", .get = [](Scene& scene, std::string_view) { return clean(room_of(scene, scene.site().log_directory).kilobytes); }, .doc = "Free kilobytes on the logs' disk."}},
    RegisterVariable{{.name = "log_inodes", .get = [](Scene& scene, std::string_view) { return clean(room_of(scene, scene.site().log_directory).inodes); }, .doc = "Free inodes on the logs' disk."}},
    RegisterVariable{{.name = "queue_size", .get = queue_size, .doc = "How many messages are queued."}},
};
// clang-format on

}
}
