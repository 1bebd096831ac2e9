#include "master/sendmail/instance.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "common/base/duration.h"
#include "common/base/text.h"
#include "common/expand/remarks.h"
#include "conf/params/surroundings.h"

namespace gp::sendmail {
namespace {

constexpr const char* told_by_master = "/run/gatepost/spool_directory";

Result<std::string> as_master_says()
{
    const auto text = TRY(config::read_file(told_by_master, 4096));
    return std::string(trim(text));
}

}

std::string configuration_file(const Options& options)
{
    return options.config.empty() ? conf::usual_file() : options.config;
}

conf::Loaded load_configuration(const Options& options, const std::string& file)
{
    conf::LoadOptions load;
    load.unsupported = config::Unsupported::warn;
    load.definitions = options.definitions;
    load.constant_value = [](std::string_view text) { return expand::constant_value(text); };
    if (conf::is_test_environment() && !conf::is_system_file(file))
        load.software = "Exim";
    return conf::load(config::Source{.name = file}, load);
}

Result<Instance> find_instance(const Options& options)
{
    Instance instance;
    instance.config = configuration_file(options);
    if (options.config.empty() && ::access(instance.config.c_str(), R_OK) != 0)
        if (auto told = as_master_says()) {
            instance.spool_directory = std::move(told).take();
            return instance;
        }
    const auto loaded = load_configuration(options, instance.config);
    if (!loaded && options.config.empty()) // being edited, or with parts that only root may read: the suite knows better
        if (auto told = as_master_says()) {
            instance.spool_directory = std::move(told).take();
            return instance;
        }
    if (!loaded)
        return misconfigured("configuration " + instance.config + " cannot be used:\n" + loaded.problems.text());
    instance.spool_directory = loaded.configuration->main.process.spool_directory;
    instance.mua_wrapper = loaded.configuration->main.all.flag("mua_wrapper");
    if (const auto patience = parse_duration(loaded.configuration->main.all.expandable("smtp_receive_timeout").text)) // else it is an expansion
        instance.smtp_receive_timeout = static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(*patience).count());
    return instance;
}

Result<OwnedFd> connect_to(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return misconfigured("the socket's path " + path + " is longer than " +
                             std::to_string(sizeof address.sun_path - 1) + " octets");
    std::memcpy(address.sun_path, path.data(), path.size());
    OwnedFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!socket)
        return system_error("socket");
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return system_error("connect to " + path);
    return socket;
}

}
