#include "conf/arguments.h"

#include <string_view>

#include "common/base/number.h"

namespace gp::conf {

Result<Arguments> read_arguments(int argc, char** argv)
{
    Arguments arguments;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--one-shot") {
            arguments.one_shot = true;
            continue;
        }
        if (word == "--guest") {
            arguments.guest = true;
            continue;
        }
        if (word == "--json") {
            arguments.json = true;
            continue;
        }
        if (word == "--passed-socket") {
            arguments.is_passed_socket = true;
            continue;
        }
        if (word == "--tls-on-connect") {
            arguments.tls_on_connect = true;
            continue;
        }
        if (word == "--serves-root") {
            arguments.serves_root = true;
            continue;
        }
        if (i + 1 >= argc)
            return misconfigured(std::string(word) + ": unknown, or without its value");
        const std::string value = argv[++i];
        if (word == "--config" || word == "--check") {
            arguments.config = value;
            arguments.check = arguments.check || word == "--check";
        } else if (word == "--services") {
            arguments.services = value;
        } else if (word == "--replaced") {
            arguments.replaced = value;
        } else if (word == "--replacement") {
            arguments.replacement = value;
        } else if (word == "--define") {
            arguments.definitions.push_back(value);
        } else if (word == "--listen") {
            arguments.listen_override = value;
        } else if (word == "--pid-file") {
            arguments.pid_file = value;
        } else if (word == "--queue-interval") {
            arguments.queue_interval = TRY(parse_duration(value));
        } else if (word == "--smtp-receive-timeout") {
            arguments.smtp_receive_timeout = TRY(parse_duration(value));
        } else if (word == "--image-descriptor") {
            arguments.image_descriptor = static_cast<int>(TRY(parse_unsigned(value)) & 0xffff);
        } else {
            return misconfigured(std::string(word) + ": unknown option");
        }
    }
    if (arguments.config.empty())
        return misconfigured("--config FILE or --check FILE is missing");
    if (!arguments.check && arguments.image_descriptor < 0)
        return misconfigured("--image-descriptor is missing; this program is started by master");
    return arguments;
}

}
