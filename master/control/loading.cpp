#include "master/control/loading.h"

namespace gp::control {

Result<std::shared_ptr<const conf::Configuration>> load_configuration(const Invocation& call)
{
    conf::LoadOptions options;
    options.unsupported = config::Unsupported::warn;
    options.definitions = call.definitions;
    config::Source source;
    source.name = call.config;
    const auto loaded = conf::load(source, options);
    if (!loaded)
        return misconfigured(loaded.problems.text(config::Problem::Weight::error));
    return loaded.configuration;
}

}
