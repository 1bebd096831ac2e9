#include "master/control/loading.h"

#include "common/expand/remarks.h"

namespace gp::control {

Result<std::shared_ptr<const conf::Configuration>> load_configuration(const Invocation& call)
{
    conf::LoadOptions options;
    options.unsupported = config::Unsupported::warn;
    options.definitions = call.definitions;
    options.constant_value = [](std::string_view text) { return expand::constant_value(text); };
    config::Source source;
    source.name = call.config;
    const auto loaded = conf::load(source, options);
    if (!loaded)
        return misconfigured(loaded.problems.text(config::Problem::Weight::error));
    return loaded.configuration;
}

}
