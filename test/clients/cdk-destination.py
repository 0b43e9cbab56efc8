"""A destination of somebody else: Airbyte's own CDK for Python, which appends records to a file."""

import json
import sys

from airbyte_cdk.destinations import Destination
from airbyte_cdk.models import AirbyteConnectionStatus, ConnectorSpecification, DestinationSyncMode, Status, Type


class FileDestination(Destination):
    def spec(self, *args):
        properties = {"path": {"type": "string", "description": "the file"}}
        return ConnectorSpecification(
            connectionSpecification={"type": "object", "required": ["path"], "properties": properties},
            supported_destination_sync_modes=[DestinationSyncMode.append],
            supportsIncremental=True,
        )

    def check(self, logger, config):
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def write(self, config, configured_catalog, input_messages):
        with open(config["path"], "a") as file:
            for message in input_messages:
                if message.type == Type.RECORD:
                    file.write(json.dumps({"stream": message.record.stream, "data": message.record.data}) + "\n")
                elif message.type == Type.STATE:
                    file.flush()
                    yield message


FileDestination().run(sys.argv[1:])
