package com.acme.data;

import io.github.cdkcollate.hybridrunner.HybridRunner;
import io.github.cdkcollate.hybridrunner.RunnerCluster;
import io.github.cdkcollate.hybridrunner.RunnerClusterOptions;
import io.github.cdkcollate.hybridrunner.RunnerImages;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.eks_v2.Cluster;
import software.amazon.awscdk.services.eks_v2.ClusterAttributes;
import software.amazon.awscdk.services.eks_v2.ICluster;
import software.amazon.awscdk.services.eks_v2.KubectlProvider;
import software.amazon.awscdk.services.eks_v2.KubectlProviderAttributes;
import software.amazon.awscdk.services.secretsmanager.Secret;

public class Smallest {
    public static void main(String[] arguments) {
        App app = new App();
        Stack stack = new Stack(app, "CollateRunner");

        // A cluster that another stack made, and its kubectl handler.
        ICluster cluster = Cluster.fromClusterAttributes(stack, "Cluster", ClusterAttributes.builder()
            .clusterName("data-platform")
            .kubectlProvider(KubectlProvider.fromKubectlProviderAttributes(stack, "Kubectl", KubectlProviderAttributes.builder()
                .serviceToken("arn:aws:lambda:eu-central-1:111122223333:function:data-platform-kubectl")
                .build()))
            .build());

        HybridRunner.Builder.create(stack, "Runner")
            .cluster(RunnerCluster.fromEksV2(cluster, RunnerClusterOptions.builder().accessEntry(true).build()))
            .agentId("aws-prod")
            .serverHost("acme.getcollate.io")
            .authToken(Secret.fromSecretNameV2(stack, "Token", "collate/runner-token"))
            .images(RunnerImages.fromCollateRegistry(Secret.fromSecretNameV2(stack, "RegistryKeys", "collate/registry-keys")))
            .build();

        app.synth();
    }
}
