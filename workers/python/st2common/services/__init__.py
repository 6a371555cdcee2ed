"""What actions and sensors may ask of the server."""
